import type { Dataset } from '../../train/data/dataset.js';

/**
 * Where each item was clicked, newest first: a linked list over the clicks of the sessions learned so far. From the newest
 * click of an item, `earlier` leads to the one before it. Memory is 8 bytes a click and 8 an item, whatever is looked up.
 */
export class Occurrences {
  /** Int32 [items]: newest click of each item, −1 when there is none. */
  readonly newest: Int32Array;
  /** Int32 [clicks]: the click of the same item before, −1 when there is none. */
  readonly earlier: Int32Array;
  /** Int32 [clicks]: session of a click; −1 when it is not in the list (not learned, or a repeat that was left out). */
  readonly session: Int32Array;
  /** Int32 [items]: clicks in the list of each item. */
  readonly counts: Int32Array;
  /** Sessions learned. */
  sessions = 0;
  readonly #dataset: Dataset;
  readonly #withRepeats: boolean;

  /** `withRepeats` false: a session enters an item's list once, with its first click of it. */
  constructor(dataset: Dataset, withRepeats: boolean) {
    const { item, itemIds } = dataset;
    this.#dataset = dataset;
    this.#withRepeats = withRepeats;
    this.newest = new Int32Array(itemIds.length).fill(-1);
    this.earlier = new Int32Array(item.length).fill(-1);
    this.session = new Int32Array(item.length).fill(-1);
    this.counts = new Int32Array(itemIds.length);
  }

  /** Sessions are learned in any order, each once; "newest" is the one learned last. */
  learn(session: number): void {
    const { item, start } = this.#dataset;
    this.sessions++;
    for (let click = start[session]; click < start[session + 1]; click++) {
      const own = item[click];
      const before = this.newest[own];
      if (!this.#withRepeats && before >= 0 && this.session[before] === session) continue;
      this.earlier[click] = before;
      this.session[click] = session;
      this.newest[own] = click;
      this.counts[own]++;
    }
  }
}
