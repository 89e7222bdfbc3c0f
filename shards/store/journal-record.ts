import { crc32 } from 'node:zlib';
import { Packr, Unpackr } from 'msgpackr';
import { isEvent, type JournalEntry, type JournalEvent } from './journal-entry.js';

/** Version of a record's bytes; the first element of each. Readers of older versions stay, with fixtures. */
export const RECORD_VERSION = 2;

/** First element of an entry, by what it is. */
const KIND = {
  event: 0,
  given: 1,
  merged: 2,
  forgotten: 3,
  adopted: 4,
  rev: 5,
  session: 6,
  replaced: 7,
  alias: 8,
  removed: 9,
  tuned: 10,
  erased: 11,
  consent: 12,
  passed: 13,
  attributes: 14,
  segments: 15,
} as const;

/** A later version of this program wrote it, and it is whole: left out, nobody would know what was in it. */
export class LaterVersionError extends Error {
  override readonly name = 'LaterVersionError';
}

const START_LATER = 'A later version wrote it: start that one';

/** Version of a record in which what is of a user is encrypted. */
const SEALED_VERSION = 3;

/** The type of a MessagePack u32, and the number that stands in the place of the checksum until it is known. */
const UINT32 = 0xce;
const NO_CHECKSUM = 0xffffffff;

/** In the row of somebody who was removed because they were erased. */
const ERASED_USER = 1;

const ERASED: JournalEntry = { entry: 'erased' };

const packr = new Packr({ useRecords: false });
const unpackr = new Unpackr({ useRecords: false });

/**
 * A journal record: MessagePack `[2, checksum, time, [kind, …], …]`, an array for each entry (`rowOf`). The time is when it was
 * committed, epoch ms; absent where nobody said it, and in records that were written before there was one. The checksum is the CRC-32 of all
 * bytes but its own four, a u32 at a fixed place: records travel, and a store's checksums stay behind. The caller owns the
 * bytes. Records that were written before there were other entries than events have no checksum, those of version 1 no `kind`.
 */
export function encodeRecord(entries: readonly JournalEntry[], atMs?: number): Uint8Array {
  const rows: unknown[] = [RECORD_VERSION, NO_CHECKSUM];
  if (atMs !== undefined) rows.push(atMs);
  for (const entry of entries) rows.push(rowOf(entry));
  return withChecksum(packr.pack(rows));
}

function withChecksum(bytes: Buffer): Buffer {
  const at = versionAt(bytes) + 2;
  bytes.writeUInt32BE(checksumOf(bytes, at), at);
  return bytes;
}

/**
 * Entries of a record, oldest first; they share nothing with `bytes`. Throws for a record of a version or with an entry that
 * this build does not read (a `LaterVersionError` where it fits its checksum), for one that does not fit it, and for bytes that are none.
 *
 * @param keyOf who a user of a record of version 1 is, which was from before visitors had names of their own
 */
export function decodeRecord(
  bytes: Uint8Array,
  keyOf: (user: string) => string = (user) => user,
): JournalEntry[] {
  const hasChecksum = checkBytes(bytes);
  const [version, ...rows] = unpackr.unpack(bytes) as [unknown, ...unknown[][]];
  if (version === 1) return rows.map(readEvent).map((event) => ({ ...event, user: keyOf(event.user) }));
  if (version === 2) return entriesOf(rows.slice(rowsBefore(rows, hasChecksum)), hasChecksum);
  // Whoever has no keys knows how many there are.
  if (version === SEALED_VERSION) return Array.from({ length: sealedParts(bytes).count }, () => ERASED);
  const message = `journal record of version ${String(version)}; this build reads versions up to ${RECORD_VERSION}`;
  throw hasChecksum ? new LaterVersionError(`${message}. ${START_LATER}`) : new Error(message);
}

/** Without a checksum nobody knows whether a kind is a later one or a damaged one. */
function entriesOf(rows: readonly unknown[][], hasChecksum: boolean): JournalEntry[] {
  try {
    return rows.map(entryOf);
  } catch (error) {
    throw hasChecksum ? error : new Error((error as Error).message, { cause: error });
  }
}

/** Elements of a record of version 2, behind its version, that are no entries: checksum and time. */
function rowsBefore(rows: readonly unknown[], hasChecksum: boolean): number {
  if (!hasChecksum) return 0;
  return typeof rows[1] === 'number' ? 2 : 1;
}

/**
 * When a record was committed, epoch ms; of one that does not say so, the latest time of its events. Undefined when it has neither.
 * Throws as `decodeRecord`.
 */
export function recordTime(bytes: Uint8Array): number | undefined {
  if (checkBytes(bytes)) {
    const [, , atMs] = unpackr.unpack(bytes) as unknown[];
    if (typeof atMs === 'number') return atMs;
  }
  if (isSealedRecord(bytes)) return undefined;
  const times = decodeEvents(bytes).map(({ tsMs }) => tsMs);
  return times.length === 0 ? undefined : times.reduce((latest, tsMs) => Math.max(latest, tsMs));
}

/** What a sealed record has of one user, encrypted; of the whole shard, with '' for a pseudonym, as it is: an array of `[place, row]`. */
export interface SealedPart {
  readonly pseudonym: string;
  readonly bytes: Uint8Array;
}

/** A record of version 3: MessagePack `[3, checksum, time or null, entries, pseudonym, bytes, …]`; checksum and time as in version 2. */
export function sealedRecord(
  count: number,
  atMs: number | undefined,
  parts: readonly SealedPart[],
): Uint8Array {
  const rows: unknown[] = [SEALED_VERSION, NO_CHECKSUM, atMs ?? null, count];
  for (const { pseudonym, bytes } of parts) rows.push(Buffer.from(pseudonym, 'latin1'), binaryOf(bytes));
  return withChecksum(packr.pack(rows));
}

export function isSealedRecord(bytes: Uint8Array): boolean {
  return bytes[versionAt(bytes)] === SEALED_VERSION;
}

/** What `sealedRecord` was given. Throws for bytes that do not fit their checksum. */
export function sealedParts(bytes: Uint8Array): {
  readonly count: number;
  readonly atMs: number | undefined;
  readonly parts: readonly SealedPart[];
} {
  if (!checkBytes(bytes)) throw new Error('journal record without the checksum that it should have');
  const [, , atMs, count, ...rest] = unpackr.unpack(bytes) as unknown[];
  const parts: SealedPart[] = [];
  for (let i = 0; i + 1 < rest.length; i += 2)
    parts.push({
      pseudonym: Buffer.from(state(rest[i]) ?? []).toString('latin1'),
      bytes: state(rest[i + 1]) ?? new Uint8Array(0),
    });
  return { count: number(count), atMs: typeof atMs === 'number' ? atMs : undefined, parts };
}

/** The events of a record, as `decodeRecord`. */
export function decodeEvents(bytes: Uint8Array, keyOf?: (user: string) => string): JournalEvent[] {
  return decodeRecord(bytes, keyOf).filter(isEvent);
}

/** True when the record has a checksum; throws when the bytes do not fit it, or when something else is in its place. */
function checkBytes(bytes: Uint8Array): boolean {
  const version = versionAt(bytes);
  if (bytes[version] < RECORD_VERSION || bytes.length <= version + 1) return false;
  if (bytes[version] > SEALED_VERSION) return isLaterRecord(bytes, version);
  const type = bytes[version + 1];
  if (type !== UINT32) {
    if (type >> 4 === 0x9 || type === 0xdc || type === 0xdd) return false;
    throw new Error('journal record with something else in the place of its checksum');
  }
  const at = version + 2;
  const stated = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length >= at + 4 && stated.getUint32(at) === checksumOf(bytes, at)) return true;
  throw new Error('journal record that does not fit its checksum');
}

/** True for a record of a version to come that begins as those of this one do. */
function isLaterRecord(bytes: Uint8Array, version: number): boolean {
  const at = version + 2;
  if (bytes[version + 1] !== UINT32 || bytes.length < at + 4) return false;
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at) === checksumOf(bytes, at);
}

/** Where the version stands: behind the head of an array of up to 15, up to 65,535, or more elements. */
function versionAt(bytes: Uint8Array): number {
  return bytes[0] === 0xdc ? 3 : bytes[0] === 0xdd ? 5 : 1;
}

function checksumOf(bytes: Uint8Array, at: number): number {
  const rest = bytes.subarray(at + 4);
  const before = crc32(bytes.subarray(0, at));
  // zlib may take nothing in an empty array for a new beginning.
  return rest.length === 0 ? before : crc32(rest, before);
}

/** An entry as MessagePack has it. */
export function rowOf(entry: JournalEntry): unknown[] {
  switch (entry.entry) {
    case undefined:
      return [
        KIND.event,
        entry.user,
        entry.session,
        entry.seq,
        entry.kind,
        entry.tsMs,
        entry.items,
        entry.value,
        entry.quantity,
        entry.query,
        entry.hits,
        entry.eventId,
        ...addedLater(entry),
      ];
    case 'given':
      return [KIND.given, entry.visitor, entry.into];
    case 'merged':
      return [
        KIND.merged,
        entry.visitor,
        entry.into,
        entry.sessionId,
        entry.seq,
        binaryOf(entry.state),
        entry.eventIds,
      ];
    case 'forgotten':
      return [KIND.forgotten, entry.visitor, entry.into, entry.seq];
    case 'adopted':
      return [KIND.adopted, entry.tag, entry.name, ...(entry.number === undefined ? [] : [entry.number])];
    case 'rev':
      return [KIND.rev, entry.rev];
    case 'session':
      return [KIND.session, entry.user, entry.session, entry.seq];
    case 'replaced':
      return [KIND.replaced, entry.user, binaryOf(entry.state)];
    case 'alias':
      return [KIND.alias, entry.user, entry.to ?? null];
    case 'removed':
      return entry.isErased ? [KIND.removed, entry.user, ERASED_USER] : [KIND.removed, entry.user];
    case 'tuned':
      return [KIND.tuned, entry.user, entry.interest, entry.value, entry.nodes];
    case 'erased':
      return [KIND.erased];
    case 'consent':
      return [KIND.consent, entry.user, entry.withheld, entry.atMs];
    case 'passed':
      return [KIND.passed, entry.user, entry.eventId];
    case 'attributes':
      return [KIND.attributes, entry.user, entry.attributes];
    case 'segments':
      return [KIND.segments, entry.user, entry.segments];
  }
}

/** What events have since rows ended before it; an event without any has the row of then. */
function addedLater({ untaught, campaign }: JournalEvent): unknown[] {
  if (campaign !== undefined) return [untaught ?? [], campaign];
  return untaught === undefined ? [] : [untaught];
}

/** The entry that `rowOf` made a row of. Throws as `decodeRecord`. */
export function entryOf([kind, ...row]: unknown[]): JournalEntry {
  const [a, b, c, d, e, f] = row;
  switch (kind) {
    case KIND.event:
      return readEvent(row);
    case KIND.given:
      return { entry: 'given', visitor: text(a), into: text(b) };
    case KIND.merged:
      return {
        entry: 'merged',
        visitor: text(a),
        into: text(b),
        sessionId: text(c),
        seq: number(d),
        state: state(e),
        eventIds: texts(f),
      };
    case KIND.forgotten:
      return { entry: 'forgotten', visitor: text(a), into: text(b), seq: number(c) };
    case KIND.adopted:
      return {
        entry: 'adopted',
        tag: number(a),
        name: text(b),
        ...(c !== undefined && { number: number(c) }),
      };
    case KIND.rev:
      return { entry: 'rev', rev: number(a) };
    case KIND.session:
      return { entry: 'session', user: text(a), session: text(b), seq: number(c) };
    case KIND.replaced:
      return { entry: 'replaced', user: text(a), state: state(b) };
    case KIND.alias:
      return { entry: 'alias', user: text(a), to: b === null ? undefined : text(b) };
    case KIND.removed:
      return { entry: 'removed', user: text(a), ...(b === ERASED_USER && { isErased: true as const }) };
    case KIND.tuned:
      return { entry: 'tuned', user: text(a), interest: number(b), value: number(c), nodes: numbers(d) };
    case KIND.erased:
      return ERASED;
    case KIND.consent:
      return { entry: 'consent', user: text(a), withheld: number(b), atMs: number(c) };
    case KIND.passed:
      return { entry: 'passed', user: text(a), eventId: text(b) };
    case KIND.attributes:
      return { entry: 'attributes', user: text(a), attributes: text(b) };
    case KIND.segments:
      return { entry: 'segments', user: text(a), segments: numbers(b) };
    default:
      throw unknownKind(kind);
  }
}

function unknownKind(kind: unknown): Error {
  const message = `journal entry of kind ${String(kind)}; this build reads kinds up to ${KIND.segments}`;
  if (typeof kind === 'number' && kind > KIND.segments)
    return new LaterVersionError(`${message}. ${START_LATER}`);
  return new Error(message);
}

function readEvent(row: unknown[]): JournalEvent {
  const [
    user,
    session,
    seq,
    kind,
    tsMs,
    items,
    value,
    quantity,
    query,
    hits,
    eventId,
    untaught = [],
    campaign,
  ] = row;
  const skipped = indices(untaught);
  return {
    user: text(user),
    session: text(session),
    seq: number(seq),
    kind: number(kind),
    tsMs: number(tsMs),
    items: indices(items),
    value: number(value),
    quantity: number(quantity),
    query: text(query),
    hits: indices(hits),
    eventId: text(eventId),
    ...(skipped.length > 0 && { untaught: skipped }),
    ...(campaign !== undefined && { campaign: text(campaign) }),
  };
}

/** A Buffer, which is written as binary; null for nothing. */
function binaryOf(bytes: Uint8Array | undefined): Buffer | null {
  return bytes === undefined ? null : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new Error('journal entry with something else in the place of a text');
}

function texts(value: unknown): string[] {
  if (Array.isArray(value)) return value.map(text);
  throw new Error('journal entry with something else in the place of texts');
}

function number(value: unknown): number {
  if (typeof value === 'number' && !Number.isNaN(value)) return value;
  throw new Error('journal entry with something else in the place of a number');
}

function numbers(value: unknown): number[] {
  if (Array.isArray(value)) return value.map(number);
  throw new Error('journal entry with something else in the place of numbers');
}

function indices(value: unknown): number[] {
  if (Array.isArray(value) && value.every((index) => Number.isInteger(index) && index >= 0)) return value;
  throw new Error('journal entry with something else in the place of item indices');
}

function state(value: unknown): Uint8Array | undefined {
  if (value === null) return undefined;
  if (value instanceof Uint8Array) return new Uint8Array(value);
  throw new Error('journal entry with something else in the place of a state');
}
