/** As tables write numbers: with a point, without a currency, without marks between thousands. */
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** The finite number that a cell holds; NaN for everything else, the empty cell included. */
export function readNumber(cell: string): number {
  const text = cell.trim();
  const value = NUMBER.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : Number.NaN;
}

/** Cells by which data bases and statistics programs say that there is nothing. */
const NOTHING = new Set(['', '\\n', 'null', 'nan', 'none', 'na', 'n/a']);

/** True for a cell that says that there is nothing. */
export function isNothing(cell: string): boolean {
  return NOTHING.has(cell.trim().toLowerCase());
}
