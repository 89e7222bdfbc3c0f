import { Packr, Unpackr } from 'msgpackr';

/** One event as the journal keeps it: all that is needed to apply it again, and to train on it. */
export interface JournalEvent {
  readonly user: string;
  /** '' for events that came without a session. */
  readonly session: string;
  readonly seq: number;
  readonly kind: number;
  readonly tsMs: number;
  /** Item indices of the catalogue; they are permanent. */
  readonly items: readonly number[];
  readonly value: number;
  readonly quantity: number;
  readonly query: string;
  readonly hits: readonly number[];
  readonly eventId: string;
}

/** Version of a record's bytes; the first element of each. Readers of older versions stay, with fixtures. */
export const RECORD_VERSION = 2;
/** What an entry of a record is, from version 2 on; others than events are for later versions. Each takes one position. */
const ENTRY_EVENT = 0;

const packr = new Packr({ useRecords: false });
const unpackr = new Unpackr({ useRecords: false });

/**
 * A journal record: MessagePack `[2, [kind, user, session, seq, event kind, tsMs, items, value, quantity, query, hits, eventId],
 * …]`; version 1 had no `kind`. The caller owns the bytes.
 */
export function encodeRecord(events: readonly JournalEvent[]): Uint8Array {
  const rows: unknown[] = [RECORD_VERSION];
  for (const e of events) {
    rows.push([
      ENTRY_EVENT,
      e.user,
      e.session,
      e.seq,
      e.kind,
      e.tsMs,
      e.items,
      e.value,
      e.quantity,
      e.query,
      e.hits,
      e.eventId,
    ]);
  }
  return packr.pack(rows);
}

/**
 * Events of a record, oldest first. Throws for a record of a version or with an entry that this build does not read, and for
 * bytes that are none.
 *
 * @param keyOf who a user of a record of version 1 is, which was from before visitors had names of their own
 */
export function decodeRecord(
  bytes: Uint8Array,
  keyOf: (user: string) => string = (user) => user,
): JournalEvent[] {
  const [version, ...rows] = unpackr.unpack(bytes) as [unknown, ...unknown[][]];
  if (version === 1) return rows.map(readEvent).map((event) => ({ ...event, user: keyOf(event.user) }));
  if (version === 2) return rows.map(readEntry);
  throw new Error(
    `journal record of version ${String(version)}; this build reads versions up to ${RECORD_VERSION}`,
  );
}

function readEntry([kind, ...row]: unknown[]): JournalEvent {
  if (kind !== ENTRY_EVENT) throw new Error(`journal entry of kind ${String(kind)}; this build reads events`);
  return readEvent(row);
}

function readEvent(row: unknown[]): JournalEvent {
  const [user, session, seq, kind, tsMs, items, value, quantity, query, hits, eventId] = row;
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
  };
}

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new Error('journal entry with something else in the place of a text');
}

function number(value: unknown): number {
  if (typeof value === 'number' && !Number.isNaN(value)) return value;
  throw new Error('journal entry with something else in the place of a number');
}

function indices(value: unknown): number[] {
  if (Array.isArray(value) && value.every((index) => Number.isInteger(index) && index >= 0)) return value;
  throw new Error('journal entry with something else in the place of item indices');
}
