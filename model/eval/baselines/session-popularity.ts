import type { Dataset } from '../../train/data/dataset.js';
import type { Baseline } from './baseline.js';
import { Popularity } from './popularity.js';

/**
 * The session's own items, most clicked first and of equally many clicks the latest first, then the most popular items:
 * the baseline "session popularity + global popularity".
 */
export class SessionPopularity implements Baseline {
  readonly name = 'session popularity';
  readonly #dataset: Dataset;
  readonly #popularity: Popularity;

  constructor(dataset: Dataset) {
    this.#dataset = dataset;
    this.#popularity = new Popularity(dataset);
  }

  learn(session: number): void {
    this.#popularity.learn(session);
  }

  recommend(first: number, click: number, out: Int32Array): number {
    const own = this.#ownItems(first, click);
    let count = 0;
    for (const item of own) if (count < out.length) out[count++] = item;
    const taken = new Set(own);
    // Of twice as many popular items at least k are not the session's own, if there are that many.
    for (const item of this.#popularity.top(2 * out.length)) {
      if (count === out.length) break;
      if (!taken.has(item)) out[count++] = item;
    }
    return count;
  }

  #ownItems(first: number, click: number): number[] {
    const clicks = new Map<number, { count: number; last: number }>();
    for (let c = first; c <= click; c++) {
      const item = this.#dataset.item[c];
      clicks.set(item, { count: (clicks.get(item)?.count ?? 0) + 1, last: c });
    }
    return [...clicks].sort(([, a], [, b]) => b.count - a.count || b.last - a.last).map(([item]) => item);
  }
}
