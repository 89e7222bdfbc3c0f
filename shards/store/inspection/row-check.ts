import { isIntact, rightKeyOf } from '../seal.js';
import { rowsOf } from '../stored-rows.js';

/** A row whose key has a flipped bit, and the key that its checksum is of. */
export interface MisnamedRow {
  readonly table: string;
  readonly key: Buffer;
  readonly right: Buffer;
}

/** Tables whose values have no checksums: nothing that they say counts without being compared. */
const UNSEALED: ReadonlySet<string> = new Set(['commits', 'identity']);

/**
 * What is wrong with a row of the table called `table`: nothing, its value (or more than a bit), or a bit of its key.
 * @param padded key and value in one, with the byte that may fill up to an even place behind them; undefined for a value elsewhere
 */
export function checkRow(
  table: string,
  key: Buffer,
  value: Buffer,
  padded: Buffer | undefined,
): 'sound' | 'damaged' | MisnamedRow {
  if (UNSEALED.has(table) || isIntact(key, value)) return 'sound';
  if (rowsOf(table).isOlder(value) && !isShifted(key.length, value.length, padded)) return 'sound';
  const right = rightKeyOf(key, value);
  return right === undefined ? 'damaged' : { table, key: Buffer.from(key), right };
}

/** True when the row is intact with a key or a value that is a byte longer or shorter: a bit that says how long it is was flipped. */
function isShifted(keyBytes: number, valueBytes: number, padded: Buffer | undefined): boolean {
  if (padded === undefined) return false;
  const isSound = (end: number, bytes: number) =>
    isIntact(padded.subarray(0, end), padded.subarray(end, end + bytes));
  return [-1, 1].some((by) => isSound(keyBytes + by, valueBytes) || isSound(keyBytes, valueBytes + by));
}
