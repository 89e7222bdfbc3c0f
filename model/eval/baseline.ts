import type { Dataset, SessionRange } from '../train/dataset.js';
import { Scoreboard } from './scoreboard.js';

/**
 * A recommender without a trained network, to compare with. It learns whole sessions, oldest first, and answers what comes
 * after click `click` of a session whose first click is `first`, knowing nothing after that click.
 */
export interface Baseline {
  readonly name: string;
  /** Counts a session in. */
  learn(session: number): void;
  /** Writes item rows to `out`, best first, without repeats; returns how many. */
  recommend(first: number, click: number, out: Int32Array): number;
}

/** Lets a baseline learn a range of sessions. */
export function learnRange(baseline: Baseline, { from, to }: SessionRange): void {
  for (let session = from; session < to; session++) baseline.learn(session);
}

/**
 * Asks a baseline about every prefix of every session of a range. With `online` it learns each session after answering
 * for it, as a live system would. Metrics in percent.
 */
export function evaluateBaseline(
  baseline: Baseline,
  dataset: Dataset,
  range: SessionRange,
  { k = 20, online = false }: { readonly k?: number; readonly online?: boolean } = {},
): Record<string, number> {
  const board = new Scoreboard(k);
  const out = new Int32Array(k);
  for (let session = range.from; session < range.to; session++) {
    const first = dataset.start[session];
    for (let click = first; click + 1 < dataset.start[session + 1]; click++) {
      const count = baseline.recommend(first, click, out);
      board.add(out.subarray(0, count), new Set([dataset.item[click + 1]]));
    }
    if (online) baseline.learn(session);
  }
  return board.percent();
}
