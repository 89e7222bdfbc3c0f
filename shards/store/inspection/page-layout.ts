import { HEADER_BYTES } from './page-header.js';

/**
 * Where the rows of a page are (`MDB_node` in mdb.c), checked so far that every byte of the page has one use: its list of places
 * ends where it says, and rows fill the rest without a gap and without an overlap. So nothing in it can have changed that says where
 * something is.
 */

/** Kinds of pages, as their flags. */
export const BRANCH = 1;
export const LEAF = 2;
export const OVERFLOW = 4;

/** A leaf's row: the value is on pages of its own. */
export const IS_ELSEWHERE = 1;
/** A leaf's row: the value describes a table. */
export const IS_TABLE = 2;
/** What a row with a value on pages of its own has in its place: number, transaction, count. */
export const ELSEWHERE_BYTES = 24;

const NODE_BYTES = 8;

/** A row of a page; positions in the page. */
export interface PageRow {
  readonly at: number;
  readonly keyAt: number;
  /** End of the key; where the value is, or what stands for it. */
  readonly keyEnd: number;
  /** `IS_ELSEWHERE`, `IS_TABLE` or 0; 0 for a branch. */
  readonly flags: number;
  /** Bytes of the value, 0 for a branch. */
  readonly size: number;
}

/** The rows of a branch or leaf, in its order. A text says what is wrong with them. */
export function layoutOf(page: Buffer, kind: number): PageRow[] | string {
  const count = page.readUInt16LE(20) / 2;
  const free = page.readUInt16LE(22);
  if (!Number.isInteger(count) || count === 0 || count * 2 > free) return 'its list of rows is damaged';
  if (free + HEADER_BYTES > page.length) return 'its rows are outside of it';
  const rows: PageRow[] = [];
  for (let row = 0; row < count; row++) {
    const at = page.readUInt16LE(HEADER_BYTES + 2 * row) + HEADER_BYTES;
    if (at < free + HEADER_BYTES || at + NODE_BYTES > page.length) return `row ${row} is outside of it`;
    const found = rowAt(page, at, kind);
    if (typeof found === 'string') return `row ${row} is damaged: ${found}`;
    rows.push(found);
  }
  return tilingProblem(page, free + HEADER_BYTES, rows) ?? rows;
}

function rowAt(page: Buffer, at: number, kind: number): PageRow | string {
  const keyAt = at + NODE_BYTES;
  const keyEnd = keyAt + page.readUInt16LE(at + 6);
  if (keyEnd > page.length) return 'its key is outside of its page';
  if (kind === BRANCH) return { at, keyAt, keyEnd, flags: 0, size: 0 };
  const flags = page.readUInt16LE(at + 4);
  if (flags > IS_TABLE) return 'it is of no kind';
  const size = page.readUInt32LE(at);
  return { at, keyAt, keyEnd, flags, size };
}

/** Rows begin at even places; together they take everything from `start` to the page's end. */
function tilingProblem(page: Buffer, start: number, rows: readonly PageRow[]): string | undefined {
  let next = start;
  for (const row of rows.toSorted((a, b) => a.at - b.at)) {
    if (row.at !== next) return 'its rows have a gap or overlap';
    const end = row.keyEnd + (row.flags === IS_ELSEWHERE ? ELSEWHERE_BYTES : row.size);
    next = end + (end % 2);
  }
  return next === page.length ? undefined : 'its rows do not end where it ends';
}

/** The page that a row of a branch leads to. */
export function childOf(page: Buffer, { at }: PageRow): number {
  return page.readUInt32LE(at) + page.readUInt16LE(at + 4) * 2 ** 32;
}
