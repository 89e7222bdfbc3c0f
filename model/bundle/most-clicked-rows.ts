import { REFERENCES_MAX } from '../content/item-linker.js';

/** Sessions of the history between two places where the counting may rest, and rows that are sorted at once. */
const SESSIONS_AT_ONCE = 1_024;
const SORTED_AT_ONCE = 8_192;

/**
 * The `REFERENCES_MAX` rows of `rows` that a bundle's history (`history.u32`) holds most often, of those that are wanted, most clicked first, the
 * smaller row first where they are equal. Yields where it may rest.
 */
export function* mostClickedRows(
  history: Uint32Array,
  rows: number,
  isWanted: (row: number) => boolean,
): Generator<void, { readonly row: number; readonly clicks: number }[]> {
  const counts = yield* clicksOf(history, rows);
  const isMore = (a: number, b: number): number => counts[b] - counts[a] || a - b;
  let most: number[] = [];
  for (let row = 0; row < rows; row++) {
    if (!isWanted(row) || most.push(row) < SORTED_AT_ONCE) continue;
    most = most.sort(isMore).slice(0, REFERENCES_MAX);
    yield;
  }
  return most
    .sort(isMore)
    .slice(0, REFERENCES_MAX)
    .map((row) => ({ row, clicks: counts[row] }));
}

function* clicksOf(history: Uint32Array, rows: number): Generator<void, Int32Array> {
  const counts = new Int32Array(rows);
  for (let at = 1, left = history[0] ?? 0; left > 0; left--) {
    const length = history[at + 1];
    for (let i = at + 2; i < at + 2 + length; i++) counts[history[i]]++;
    at += 2 + 2 * length;
    if (left % SESSIONS_AT_ONCE === 0) yield;
  }
  return counts;
}
