import type { Dataset } from '../train/dataset.js';
import type { Baseline } from './baseline.js';

/** The items clicked most often, the same list for everyone. Ties: the smaller row first. */
export class Popularity implements Baseline {
  readonly name = 'popularity';
  /** Int32 [items]: clicks learned. */
  readonly counts: Int32Array;
  private readonly dataset: Dataset;
  private order: Int32Array | null = null;

  constructor(dataset: Dataset) {
    this.dataset = dataset;
    this.counts = new Int32Array(dataset.itemIds.length);
  }

  learn(session: number): void {
    const { item, start } = this.dataset;
    for (let click = start[session]; click < start[session + 1]; click++) this.counts[item[click]]++;
    this.order = null;
  }

  recommend(_first: number, _click: number, out: Int32Array): number {
    const ranked = this.ranked();
    const count = Math.min(out.length, ranked.length);
    out.set(ranked.subarray(0, count));
    return count;
  }

  /** All items that were clicked at all, most popular first. Valid until the next `learn`. */
  ranked(): Int32Array {
    this.order ??= Int32Array.from(this.counts.keys())
      .filter((item) => this.counts[item] > 0)
      .sort((a, b) => this.counts[b] - this.counts[a] || a - b);
    return this.order;
  }
}
