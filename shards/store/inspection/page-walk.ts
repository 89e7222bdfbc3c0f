import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { LMDB_FILE } from '../lmdb/commits/lmdb-file.js';
import { KNOWN_TABLES } from '../lmdb/rows/store-tables.js';
import { freeBlocksOf } from './free-pages.js';
import { HEADER_BYTES, headerProblem } from './page-header.js';
import {
  BRANCH,
  childOf,
  ELSEWHERE_BYTES,
  IS_ELSEWHERE,
  IS_TABLE,
  LEAF,
  layoutOf,
  OVERFLOW,
  type PageRow,
} from './page-layout.js';
import { newestRoot, NO_PAGE, TABLE_BYTES, type Root } from './root-pages.js';
import { checkRow, type MisnamedRow } from './row-check.js';
import { isNearAny } from './near-names.js';

/**
 * Looks at the pages of a store's file without LMDB, which trusts them: with a damaged one it may end the process, loop, or read
 * something else each time. What is checked is all that it relies on (`MDB_page`, `MDB_node` and `MDB_db` in mdb.c): that each page is
 * the one it should be, of the right kind, used once and not free; that rows fill it without a gap; that keys go up, within what
 * the branches above say; and the checksums of rows. So a bit that is flipped anywhere is noticed, or means nothing.
 */

/** A file of so many pages at most is looked at whole at every start: some 0.3 s. */
const WHOLE_PAGES_MAX = 16_384;
/** Misnamed rows that are told of; one flipped bit makes one. */
const MISNAMED_MAX = 100;

/** In a description of a table. */
const FLAGS_AT = 4;
const DEPTH_AT = 6;
const ROWS_AT = 32;
const ROOT_AT = 40;
/** Flags of a table: those of lmdb-js, for rows with versions. */
const HAS_VERSIONS = 0x100;

/** What is in a store whose pages are sound. */
export interface WalkedPages {
  /** False when leaves and values were left out, for there are too many. */
  readonly isWhole: boolean;
  /** Rows whose values do not fit their checksums, those that have another key included. */
  readonly damagedRows: number;
  readonly misnamed: readonly MisnamedRow[];
}

/**
 * Throws an `Error` that names the first damaged page. Without `isWhole` only so much is looked at as takes a moment: the whole
 * of a small file, and of a large one all but leaves and values.
 */
export function walkPages(folder: string, isWhole: boolean): WalkedPages {
  const file = openSync(join(folder, LMDB_FILE), 'r');
  try {
    return walkFile({ bytes: fstatSync(file).size, read: (at, bytes) => readFrom(file, at, bytes) }, isWhole);
  } finally {
    closeSync(file);
  }
}

/** A store's file. */
export interface PageSource {
  /** Its length. */
  readonly bytes: number;
  /** So many bytes from a place on, or what there is of them. */
  readonly read: (at: number, bytes: number) => Buffer;
}

/** As `walkPages`. */
export function walkFile(source: PageSource, isWhole: boolean): WalkedPages {
  if (source.bytes === 0) return { isWhole: true, damagedRows: 0, misnamed: [] };
  return new PageWalk(source).walk(isWhole);
}

function readFrom(file: number, at: number, bytes: number): Buffer {
  const buffer = Buffer.allocUnsafe(bytes);
  return buffer.subarray(0, readSync(file, buffer, 0, bytes, at));
}

/** A table under way. */
interface Table {
  readonly name: string;
  readonly isFree: boolean;
  readonly isMain: boolean;
}

/** Keys of a page are from `from` on, and below `to`; undefined: no bound. */
interface Bounds {
  readonly from: Buffer | undefined;
  readonly to: Buffer | undefined;
}

const NO_BOUNDS: Bounds = { from: undefined, to: undefined };

class PageWalk {
  readonly #source: PageSource;
  #root!: Root;
  #isWhole = true;
  /** By page: whether it was met, in use or free. */
  #met = new Uint8Array(0);
  #damagedRows = 0;
  readonly #misnamed: MisnamedRow[] = [];

  constructor(source: PageSource) {
    this.#source = source;
  }

  walk(isWhole: boolean): WalkedPages {
    const root = newestRoot((at, bytes) => this.#read(at, bytes));
    if (typeof root === 'string') throw new Error(`${LMDB_FILE} is damaged: ${root}`);
    this.#root = root;
    const { pages, pageBytes } = root;
    if (pages * pageBytes > this.#source.bytes) throw new Error(`${LMDB_FILE} ends before its last page`);
    this.#isWhole = isWhole || pages <= WHOLE_PAGES_MAX;
    this.#met = new Uint8Array(pages);
    this.#met.fill(1, 0, 2);
    this.#table(root.main, { name: '', isFree: false, isMain: true });
    this.#table(root.free, { name: 'free pages', isFree: true, isMain: false });
    return { isWhole: this.#isWhole, damagedRows: this.#damagedRows, misnamed: this.#misnamed };
  }

  #read(at: number, bytes: number): Buffer {
    const buffer = this.#source.read(at, bytes);
    if (buffer.length < bytes) throw new Error(`${LMDB_FILE} ends before byte ${at + bytes}`);
    return buffer;
  }

  #table(description: Buffer, table: Table): void {
    const flags = description.readUInt16LE(FLAGS_AT);
    if (!table.isFree && flags !== (table.name === 'commits' ? HAS_VERSIONS : 0))
      throw new Error(`table "${table.name}" of ${LMDB_FILE} is damaged: it is of another kind`);
    const root = description.readBigUInt64LE(ROOT_AT);
    const depth = description.readUInt16LE(DEPTH_AT);
    const rows = root === NO_PAGE ? 0 : this.#page(table, Number(root), depth, NO_BOUNDS);
    const expected = description.readBigUInt64LE(ROWS_AT);
    if (rows !== undefined && BigInt(rows) !== expected)
      throw new Error(`table "${table.name}" of ${LMDB_FILE} is damaged: it has ${rows} rows of ${expected}`);
  }

  /** Returns the number of rows below this page; undefined when not all were looked at. */
  #page(table: Table, number: number, depth: number, bounds: Bounds): number | undefined {
    if (depth === 1 && !this.#isWhole && !table.isMain && !table.isFree) {
      this.#meet(number, 1);
      return undefined;
    }
    const kind = depth === 1 ? LEAF : BRANCH;
    const page = this.#take(number, kind);
    const rows = layoutOf(page, kind);
    if (typeof rows === 'string') throw damaged(number, rows);
    this.#checkOrder(page, number, rows, { table, bounds, kind });
    if (kind === LEAF) {
      for (const row of rows) this.#row(table, page, number, row);
      return rows.length;
    }
    return this.#children(table, page, rows, { depth, bounds });
  }

  #children(
    table: Table,
    page: Buffer,
    rows: readonly PageRow[],
    { depth, bounds }: { readonly depth: number; readonly bounds: Bounds },
  ): number | undefined {
    let sum: number | undefined = 0;
    for (const [i, row] of rows.entries()) {
      // The key of the first child is that of the page, and left out.
      const from = i === 0 ? bounds.from : keyOf(page, row);
      const to = i + 1 < rows.length ? keyOf(page, rows[i + 1]) : bounds.to;
      const below = this.#page(table, childOf(page, row), depth - 1, { from, to });
      sum = sum === undefined || below === undefined ? undefined : sum + below;
    }
    return sum;
  }

  #checkOrder(
    page: Buffer,
    number: number,
    rows: readonly PageRow[],
    { table, bounds, kind }: { readonly table: Table; readonly bounds: Bounds; readonly kind: number },
  ): void {
    const compare = table.isFree ? compareNumbers : compareBytes;
    let before = bounds.from;
    for (const [i, row] of rows.entries()) {
      if (kind === BRANCH && i === 0) continue;
      const key = keyOf(page, row);
      if (table.isFree && key.length !== 8) throw damaged(number, `the key of row ${i} has another length`);
      const order = before === undefined ? 1 : compare(key, before);
      if (order < 0 || (order === 0 && i > 0)) throw damaged(number, `row ${i} is out of order`);
      before = key;
    }
    if (bounds.to !== undefined && before !== undefined && compare(before, bounds.to) >= 0)
      throw damaged(number, 'its last row belongs to another page');
  }

  #row(table: Table, page: Buffer, number: number, row: PageRow): void {
    const { keyEnd, flags, size } = row;
    if ((flags === IS_TABLE) !== table.isMain) throw damaged(number, 'a row of it is of another kind');
    const key = keyOf(page, row);
    if (table.isMain) {
      const name = key.toString('latin1', 0, key.length - 1);
      if (size !== TABLE_BYTES || (!isTableKey(key) && isNearAny(key.toString('latin1'), TABLE_KEYS)))
        throw damaged(number, `there is no table "${name}"`);
      return this.#table(page.subarray(keyEnd, keyEnd + TABLE_BYTES), { name, isFree: false, isMain: false });
    }
    const isElsewhere = flags === IS_ELSEWHERE;
    const value = isElsewhere
      ? this.#elsewhere(page.subarray(keyEnd, keyEnd + ELSEWHERE_BYTES), size)
      : page.subarray(keyEnd, keyEnd + size);
    if (table.isFree) return this.#meetFree(number, value);
    const padded = isElsewhere ? undefined : page.subarray(row.keyAt, keyEnd + size + ((keyEnd + size) % 2));
    this.#note(checkRow(table.name, key, value, padded));
  }

  #note(found: 'sound' | 'damaged' | MisnamedRow): void {
    if (found === 'sound') return;
    this.#damagedRows++;
    if (found !== 'damaged' && this.#misnamed.length < MISNAMED_MAX) this.#misnamed.push(found);
  }

  /** The value on pages of its own that `place` names. */
  #elsewhere(place: Buffer, bytes: number): Buffer {
    const first = Number(place.readBigUInt64LE(0));
    const page = this.#take(first, OVERFLOW);
    const pages = page.readUInt32LE(20);
    if (BigInt(pages) !== place.readBigUInt64LE(16)) throw damaged(first, 'it says another number of pages');
    if (pages * this.#root.pageBytes < bytes + HEADER_BYTES)
      throw damaged(first, 'its value is longer than it');
    this.#meet(first + 1, pages - 1);
    return this.#read(first * this.#root.pageBytes + HEADER_BYTES, bytes);
  }

  /** A row of the list of free pages: none of them is in use. */
  #meetFree(number: number, value: Buffer): void {
    const blocks = freeBlocksOf(value);
    if (typeof blocks === 'string') throw damaged(number, blocks);
    for (const { first, count } of blocks) this.#meet(first, count);
  }

  /** Reads a page that is met for the first time. */
  #take(number: number, kind: number): Buffer {
    this.#meet(number, 1);
    const page = this.#read(number * this.#root.pageBytes, this.#root.pageBytes);
    const problem = headerProblem(page, { number, kind, transaction: this.#root.transaction });
    if (problem !== undefined) throw damaged(number, problem);
    return page;
  }

  #meet(first: number, count: number): void {
    if (first < 2 || first + count > this.#met.length) throw damaged(first, 'there is no such page');
    for (let page = first; page < first + count; page++) {
      if (this.#met[page] === 1) throw damaged(page, 'it is used twice');
      this.#met[page] = 1;
    }
  }
}

/** lmdb-js ends the name of a table with a zero. */
const TABLE_KEYS: ReadonlySet<string> = new Set([...KNOWN_TABLES].map((name) => `${name}\0`));

function isTableKey(key: Buffer): boolean {
  return TABLE_KEYS.has(key.toString('latin1'));
}

function keyOf(page: Buffer, { keyAt, keyEnd }: PageRow): Buffer {
  return page.subarray(keyAt, keyEnd);
}

function compareBytes(a: Buffer, b: Buffer): number {
  return a.compare(b);
}

function compareNumbers(a: Buffer, b: Buffer): number {
  const difference = a.readBigUInt64LE(0) - b.readBigUInt64LE(0);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

function damaged(page: number, problem: string): Error {
  return new Error(`page ${page} of ${LMDB_FILE} is damaged: ${problem}`);
}
