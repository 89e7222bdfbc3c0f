import { TABLE_COLUMNS, type Parameters } from '../network/parameters.js';

/**
 * Gives table rows to event kinds and time gaps that training has not met, so that a click of such a kind weighs as an
 * average one and not as one with logit 0: a kind gets the mean of the kinds met, a gap the row of the nearest gap met
 * (unknown, row 0, when none was). Rows that training has not met are still all zeros: without a gradient Adam does not
 * move them. Changes the tables in place.
 */
export function fillUnseenCodes({ kind, gap }: Pick<Parameters, 'kind' | 'gap'>): void {
  const kinds = metRows(kind);
  const mean = Float64Array.from({ length: TABLE_COLUMNS }, (_, column) =>
    kinds.reduce((sum, row) => sum + kind[row * TABLE_COLUMNS + column] / kinds.length, 0),
  );
  fill(kind, 0, () => mean);
  const gaps = metRows(gap);
  const rows = gaps.map((row) => gap.slice(row * TABLE_COLUMNS, (row + 1) * TABLE_COLUMNS));
  const unknown = gap.slice(0, TABLE_COLUMNS);
  fill(gap, 1, (code) => rows[nearest(gaps, code)] ?? unknown);
}

/** Known codes (1 and up) whose rows have moved. */
function metRows(table: Float32Array): number[] {
  const met: number[] = [];
  for (let row = 1; row < table.length / TABLE_COLUMNS; row++) if (!isZero(table, row)) met.push(row);
  return met;
}

function isZero(table: Float32Array, row: number): boolean {
  return table.subarray(row * TABLE_COLUMNS, (row + 1) * TABLE_COLUMNS).every((value) => value === 0);
}

function fill(table: Float32Array, from: number, rowOf: (code: number) => ArrayLike<number>): void {
  for (let code = from; code < table.length / TABLE_COLUMNS; code++) {
    if (isZero(table, code)) table.set(rowOf(code), code * TABLE_COLUMNS);
  }
}

/** Place in `codes` of the one nearest to `code`, the smaller of two; −1 when there is none. */
function nearest(codes: readonly number[], code: number): number {
  let best = -1;
  codes.forEach((candidate, i) => {
    if (best < 0 || Math.abs(candidate - code) < Math.abs(codes[best] - code)) best = i;
  });
  return best;
}
