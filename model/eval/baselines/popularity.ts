import type { Dataset } from '../../train/data/dataset.js';
import type { Baseline } from './baseline.js';

/** The items clicked most often, the same list for everyone. Ties: the smaller row first. */
export class Popularity implements Baseline {
  readonly name = 'popularity';
  /** Int32 [items]: clicks learned. */
  readonly counts: Int32Array;
  readonly #dataset: Dataset;
  /** The most popular items as of the last `learn`, as many as were asked for; empty when that is unknown. */
  #top: Int32Array = new Int32Array(0);

  constructor(dataset: Dataset) {
    this.#dataset = dataset;
    this.counts = new Int32Array(dataset.itemIds.length);
  }

  learn(session: number): void {
    const { item, start } = this.#dataset;
    for (let click = start[session]; click < start[session + 1]; click++) this.counts[item[click]]++;
    this.#top = new Int32Array(0);
  }

  recommend(_first: number, _click: number, out: Int32Array): number {
    const top = this.top(out.length);
    const count = Math.min(out.length, top.length);
    out.set(top.subarray(0, count));
    return count;
  }

  /** At least the `count` most popular of the items that were clicked at all, most popular first. Valid until the next `learn`. */
  top(count: number): Int32Array {
    if (this.#top.length < count) this.#top = this.#select(count);
    return this.#top;
  }

  /** One pass over the catalogue: a sort of all of it after each session would take longer than everything else. */
  #select(count: number): Int32Array {
    const { counts } = this;
    const top = new Int32Array(count);
    let found = 0;
    for (let item = 0; item < counts.length; item++) {
      const clicks = counts[item];
      if (clicks === 0 || (found === count && clicks <= counts[top[count - 1]])) continue;
      let at = found < count ? found++ : count - 1;
      for (; at > 0 && counts[top[at - 1]] < clicks; at--) top[at] = top[at - 1];
      top[at] = item;
    }
    return top.subarray(0, found);
  }
}
