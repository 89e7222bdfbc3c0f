import type { Damage, RecordKind } from './damage.js';
import { isUnsealed, rightKeyOf } from './seal.js';
import { readBlobKey, readIndex, readName, readNameNumber, readPosition, readSecondName } from './keys.js';

/** What the rows of a table are: for telling of one that is damaged, and for knowing those written before there were checksums. */
export interface StoredRows {
  readonly kind: RecordKind;
  readonly namesOf: (key: Buffer) => readonly string[];
  /** True for a value that may have been written before values had checksums. What reads it looks closer. */
  readonly isOlder: (value: Buffer) => boolean;
}

const ONE_NAME = (key: Buffer): string[] => [readName(key)];
const TWO_NAMES = (key: Buffer): string[] => [readName(key), readSecondName(key)];

const USERS: StoredRows = {
  kind: 'user',
  namesOf: ONE_NAME,
  isOlder: isUnsealed,
};
const EVENT_IDS: StoredRows = {
  kind: 'event_id',
  namesOf: TWO_NAMES,
  isOlder: (value) => value.length === 1 && value[0] === 1,
};
/** Tables that came with checksums have no older values. */
const NEVER = (): boolean => false;

const ROWS: Readonly<Record<string, StoredRows>> = {
  users: USERS,
  users1: USERS,
  sessions: { kind: 'session', namesOf: TWO_NAMES, isOlder: (value) => value.length === 12 },
  eventIds0: EVENT_IDS,
  eventIds1: EVENT_IDS,
  aliases: {
    kind: 'alias',
    namesOf: ONE_NAME,
    isOlder: (value) => value.length > 0 && value.length % 2 === 0,
  },
  blobs: {
    kind: 'page',
    namesOf: (key) => [readBlobKey(key)],
    isOlder: isUnsealed,
  },
  journal: { kind: 'journal', namesOf: (key) => [String(readPosition(key))], isOlder: isOlderRecord },
  meta: {
    kind: 'meta',
    namesOf: ONE_NAME,
    isOlder: (value) => value.length === 4 || value.length === 8,
  },
  items: { kind: 'item', namesOf: (key) => [String(readIndex(key))], isOlder: (value) => value[0] <= 1 },
  codes: {
    kind: 'item',
    namesOf: (key) => [readNameNumber(key).name, String(readNameNumber(key).number)],
    isOlder: (value) => value[0] === QUOTE,
  },
};
const UNKNOWN: StoredRows = { kind: 'meta', namesOf: (key) => [hexOf(key)], isOlder: NEVER };
const QUOTE = 0x22;

/** The rows of the table called `name`. */
export function rowsOf(name: string): StoredRows {
  return ROWS[name] ?? UNKNOWN;
}

/** What a damaged row of the table called `table` is told as: by its right key, when a bit of that was flipped. */
export function damageOf(table: string, key: Buffer, value: Buffer): Damage {
  const { kind } = rowsOf(table);
  const right = rightKeyOf(key, value);
  const reason =
    right === undefined
      ? `its value in table "${table}" does not fit its checksum`
      : `a bit of its key in table "${table}" is flipped`;
  return { kind, names: namesOf(table, right ?? key), reason, bytes: value };
}

function namesOf(table: string, key: Buffer): readonly string[] {
  try {
    return rowsOf(table).namesOf(key);
  } catch {
    return [hexOf(key)];
  }
}

function hexOf(key: Buffer): string {
  return `0x${key.toString('hex')}`;
}

/** A count that may be that of the record, or that is that of its MessagePack array. */
function isOlderRecord(value: Buffer): boolean {
  if (value.length < 5) return false;
  if (isUnsealed(value) && value.readUInt32LE(0) <= value.length) return true;
  const length = value.readUInt32LE(0) + 1;
  const head = value[4];
  if (head === 0xdc) return value.length > 6 && value.readUInt16BE(5) === length;
  if (head === 0xdd) return value.length > 8 && value.readUInt32BE(5) === length;
  return head === 0x90 + length && length < 16;
}
