import type { Dataset, SessionRange } from '../data/dataset.js';
import type { Random } from '../random-numbers.js';

/** A run of clicks of one session that is computed together: `from` to `to` (exclusive). */
export interface Piece {
  readonly session: number;
  readonly from: number;
  readonly to: number;
  /** Clicks before this one are only seen, not learned from (they are learned from in the piece before). */
  readonly scoredFrom: number;
}

/** Sessions cut to at most `tokens` clicks; a later piece starts with `overlap` clicks of the one before. Sessions of one click are left out. */
export function cutSessions(dataset: Dataset, range: SessionRange, tokens: number, overlap: number): Piece[] {
  const pieces: Piece[] = [];
  for (let session = range.from; session < range.to; session++) {
    const end = dataset.start[session + 1];
    let scoredFrom = dataset.start[session];
    if (end - scoredFrom < 2) continue;
    let from = scoredFrom;
    while (scoredFrom < end - 1) {
      const to = Math.min(end, from + tokens);
      pieces.push({ session, from, to, scoredFrom });
      scoredFrom = to - 1;
      from = Math.max(from, to - 1 - overlap);
    }
  }
  return pieces;
}

/** Windows open at a time while packing: enough to fill them to 97 % and more. */
const OPEN_MAX = 32;

/**
 * Packs pieces into windows of at most `tokens` clicks, first fit in the given order; every piece lies whole in one
 * window. The order of pieces is shuffled by `random` first when given.
 */
export function packWindows(pieces: readonly Piece[], tokens: number, random?: Random): Piece[][] {
  const order = Int32Array.from(pieces, (_, i) => i);
  random?.shuffle(order);
  const windows: Piece[][] = [];
  let open: { used: number; pieces: Piece[] }[] = [];
  for (const i of order) {
    const piece = pieces[i];
    const length = piece.to - piece.from;
    let window = open.find(({ used }) => used + length <= tokens);
    if (!window) {
      window = { used: 0, pieces: [] };
      windows.push(window.pieces);
      open.push(window);
      if (open.length > OPEN_MAX) open = open.toSorted((a, b) => a.used - b.used).slice(0, OPEN_MAX);
    }
    window.used += length;
    window.pieces.push(piece);
  }
  return windows;
}
