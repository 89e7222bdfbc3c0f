import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { LMDB_FILE } from '../lmdb/commits/lmdb-file.js';

/**
 * Looks at the pages of a store's file without LMDB, which trusts them: with a damaged one it may end the process, loop, or read
 * something else each time. What is checked is what it relies on (`MDB_page`, `MDB_node` and `MDB_db` in mdb.c): that each page is
 * the one it should be, of the right kind, used once, and that everything that it says of its own content lies inside of it. What
 * is in keys and values is not looked at: rows have checksums.
 */

/** In the two root pages; the newer one counts. */
const TRANSACTION_AT = 152;
const LAST_PAGE_AT = 144;
const PAGE_BYTES_AT = 48;
/** Of the list of free pages, and of the table of tables. */
const FREE_AT = 48;
const MAIN_AT = 96;
/** In a description of a table. */
const DEPTH_AT = 6;
const ROWS_AT = 32;
const ROOT_AT = 40;
const TABLE_BYTES = 48;
/** Root of a table without rows. */
const NO_PAGE = 0xffff_ffff_ffff_ffffn;

const HEADER_BYTES = 24;
const NODE_BYTES = 8;
/** What a row with a value on pages of its own has in its place: number, transaction, count. */
const ELSEWHERE_BYTES = 24;
const BRANCH = 1;
const LEAF = 2;
const OVERFLOW = 4;
const KIND = BRANCH | LEAF | OVERFLOW | 8;
const IS_ELSEWHERE = 1;
const IS_TABLE = 2;

/** Throws an `Error` that names the first damaged page. With `isWhole` all tables are looked at, else the list of free pages and that of tables. */
export function walkPages(folder: string, isWhole: boolean): void {
  const file = openSync(join(folder, LMDB_FILE), 'r');
  try {
    if (fstatSync(file).size > 0) new PageWalk(file).walk(isWhole);
  } finally {
    closeSync(file);
  }
}

class PageWalk {
  readonly #file: number;
  #pageBytes = 0;
  /** By page: whether it was met. */
  #met = new Uint8Array(0);

  constructor(file: number) {
    this.#file = file;
  }

  walk(isWhole: boolean): void {
    const root = this.#newestRoot();
    const pages = Number(root.readBigUInt64LE(LAST_PAGE_AT)) + 1;
    if (pages * this.#pageBytes > fstatSync(this.#file).size)
      throw new Error(`${LMDB_FILE} ends before its last page`);
    this.#met = new Uint8Array(pages);
    this.#met.fill(1, 0, 2);
    this.#table(root.subarray(FREE_AT, FREE_AT + TABLE_BYTES), false);
    this.#table(root.subarray(MAIN_AT, MAIN_AT + TABLE_BYTES), isWhole);
  }

  #newestRoot(): Buffer {
    const first = this.#read(0, 4_096);
    this.#pageBytes = first.readUInt32LE(PAGE_BYTES_AT);
    const second = this.#read(this.#pageBytes, 4_096);
    return second.readBigUInt64LE(TRANSACTION_AT) > first.readBigUInt64LE(TRANSACTION_AT) ? second : first;
  }

  #read(at: number, bytes: number): Buffer {
    const buffer = Buffer.allocUnsafe(bytes);
    const read = readSync(this.#file, buffer, 0, bytes, at);
    if (read < bytes) throw new Error(`${LMDB_FILE} ends before byte ${at + bytes}`);
    return buffer;
  }

  /** A table; those that it names as well, when it is that of tables and `hasTables`. */
  #table(table: Buffer, hasTables: boolean): void {
    const root = table.readBigUInt64LE(ROOT_AT);
    const rows = root === NO_PAGE ? 0 : this.#page(root, table.readUInt16LE(DEPTH_AT), hasTables);
    const expected = table.readBigUInt64LE(ROWS_AT);
    if (BigInt(rows) !== expected)
      throw new Error(`a table of ${LMDB_FILE} is damaged: it has ${rows} rows of ${expected}`);
  }

  /** Returns the number of rows below this page. */
  #page(number: bigint | number, depth: number, hasTables: boolean): number {
    const page = this.#take(number, depth === 1 ? LEAF : BRANCH);
    const count = page.readUInt16LE(20) / 2;
    const free = page.readUInt16LE(22);
    this.#check(
      Number.isInteger(count) && count > 0 && count * 2 <= free,
      number,
      'its list of rows is damaged',
    );
    this.#check(free + HEADER_BYTES <= page.length, number, 'its rows are outside of it');
    let rows = 0;
    for (let row = 0; row < count; row++) {
      const at = page.readUInt16LE(HEADER_BYTES + 2 * row) + HEADER_BYTES;
      this.#check(
        at >= free + HEADER_BYTES && at + NODE_BYTES <= page.length,
        number,
        `row ${row} is outside of it`,
      );
      const end = at + NODE_BYTES + page.readUInt16LE(at + 6);
      this.#check(end <= page.length, number, `the key of row ${row} is outside of it`);
      if (depth > 1) rows += this.#page(childOf(page, at), depth - 1, hasTables);
      else this.#row(page, { at, end, number, hasTables });
    }
    return depth > 1 ? rows : count;
  }

  #row(
    page: Buffer,
    { at, end, number, hasTables }: { at: number; end: number; number: bigint | number; hasTables: boolean },
  ): void {
    const flags = page.readUInt16LE(at + 4);
    const size = page.readUInt32LE(at);
    this.#check(flags <= IS_TABLE, number, 'a row of it is of no kind');
    const isElsewhere = flags === IS_ELSEWHERE;
    this.#check(
      end + (isElsewhere ? ELSEWHERE_BYTES : size) <= page.length,
      number,
      'a value of it is outside of it',
    );
    if (isElsewhere) this.#elsewhere(page.readBigUInt64LE(end), size);
    if (flags === IS_TABLE && hasTables) this.#table(page.subarray(end, end + TABLE_BYTES), false);
  }

  /** Pages of one value. */
  #elsewhere(number: bigint, bytes: number): void {
    const pages = this.#take(number, OVERFLOW).readUInt32LE(20);
    const first = Number(number);
    this.#check(
      pages * this.#pageBytes >= bytes + HEADER_BYTES && first + pages <= this.#met.length,
      number,
      'its value is longer than it',
    );
    this.#met.fill(1, first, first + pages);
  }

  /** Reads a page that is met for the first time. */
  #take(number: bigint | number, kind: number): Buffer {
    this.#check(number >= 2 && number < this.#met.length, number, 'there is no such page');
    const index = Number(number);
    this.#check(this.#met[index] === 0, number, 'it is used twice');
    this.#met[index] = 1;
    const page = this.#read(index * this.#pageBytes, this.#pageBytes);
    const says = page.readBigUInt64LE(0);
    this.#check(says === BigInt(number), number, `it says that it is page ${says}`);
    this.#check((page.readUInt16LE(18) & KIND) === kind, number, 'it is of another kind');
    return page;
  }

  #check(isRight: boolean, number: bigint | number, problem: string): void {
    if (!isRight) throw new Error(`page ${number} of ${LMDB_FILE} is damaged: ${problem}`);
  }
}

/** The page that a row of a branch leads to. */
function childOf(page: Buffer, at: number): number {
  return page.readUInt32LE(at) + page.readUInt16LE(at + 4) * 2 ** 32;
}
