/**
 * The two root pages of a store's file (`MDB_meta` in mdb.c), which are written by turns, one for each transaction: the newer
 * one counts. A damaged number of a transaction would make the older one count, and the last commit undone; so numbers are compared
 * with each other and with their places.
 */

/** What the newer root says. */
export interface Root {
  readonly pageBytes: number;
  readonly transaction: bigint;
  /** Pages of the file that are in use or were. */
  readonly pages: number;
  /** Descriptions of the list of free pages and of the table of tables, `TABLE_BYTES` each. */
  readonly free: Buffer;
  readonly main: Buffer;
}

/** Bytes of a root that are looked at. */
export const ROOT_BYTES = 168;
export const TABLE_BYTES = 48;

const IS_ROOT = 8;
const MAGIC_AT = 24;
const VERSION_AT = 28;
const PAGE_BYTES_AT = 48;
const FREE_FLAGS_AT = 52;
const MAIN_AT = 96;
const MAIN_FLAGS_AT = 100;
const MAIN_ROOT_AT = 136;
const LAST_PAGE_AT = 144;
const TRANSACTION_AT = 152;
const INTEGER_KEYS = 8;
/** Root of a table without rows. */
export const NO_PAGE = 0xffff_ffff_ffff_ffffn;

/** `read` gives so many bytes from a place of the file. A text says what is damaged. */
export function newestRoot(read: (at: number, bytes: number) => Buffer): Root | string {
  const first = read(0, ROOT_BYTES);
  const pageBytes = first.readUInt32LE(PAGE_BYTES_AT);
  if (pageBytes < 512 || pageBytes > 65_536 || (pageBytes & (pageBytes - 1)) !== 0)
    return 'root page 0 says a size of pages that there is not';
  const second = read(pageBytes, ROOT_BYTES);
  const problem = [first, second].map(problemOf).find((text) => text !== undefined);
  if (problem !== undefined) return problem;
  // Magic number, version, size of pages and flags are the same in both, all along.
  const isSame =
    [MAGIC_AT, VERSION_AT, PAGE_BYTES_AT].every((at) => first.readUInt32LE(at) === second.readUInt32LE(at)) &&
    first.readUInt16LE(FREE_FLAGS_AT) === second.readUInt16LE(FREE_FLAGS_AT);
  if (!isSame) return 'the two root pages say different things of the file';
  const transactions = [first, second].map((root) => root.readBigUInt64LE(TRANSACTION_AT));
  if (
    [first, second].some((root, i) => transactions[i] > 0n && root.readBigUInt64LE(MAIN_ROOT_AT) === NO_PAGE)
  )
    return 'a root page without tables is of a transaction';
  if (!areNeighbours(transactions[0], transactions[1]))
    return `the root pages are of transactions ${transactions[0]} and ${transactions[1]}`;
  const root = transactions[1] > transactions[0] ? second : first;
  return {
    pageBytes,
    transaction: root.readBigUInt64LE(TRANSACTION_AT),
    pages: Number(root.readBigUInt64LE(LAST_PAGE_AT)) + 1,
    free: root.subarray(PAGE_BYTES_AT, PAGE_BYTES_AT + TABLE_BYTES),
    main: root.subarray(MAIN_AT, MAIN_AT + TABLE_BYTES),
  };
}

function problemOf(root: Buffer, index: number): string | undefined {
  if (root.readUInt16LE(18) !== IS_ROOT || root.readBigUInt64LE(0) !== BigInt(index))
    return `root page ${index} says that it is something else`;
  if ((root.readUInt16LE(FREE_FLAGS_AT) & INTEGER_KEYS) === 0 || root.readUInt16LE(MAIN_FLAGS_AT) !== 0)
    return `root page ${index} says that its tables are of another kind`;
  return undefined;
}

/** Even transactions write the first root, odd ones the second. The first is of none in a new file and in a copy, whose second is of any. */
function areNeighbours(first: bigint, second: bigint): boolean {
  if (first === 0n) return true;
  if (first % 2n !== 0n || second % 2n === 0n) return false;
  return first === second + 1n || second === first + 1n;
}
