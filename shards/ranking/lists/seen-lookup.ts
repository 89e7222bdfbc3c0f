import { Stamps } from '../../../metrics/stamps.js';
import type { InterestSlabs } from '../../graph/interest/interest-slabs.js';

/** The seen marks of one user at a time, by item, in O(1). `use` another user without clearing. */
export class SeenLookup {
  readonly #seen: Stamps;
  readonly #marks: Uint8Array;

  /** @param used see `Stamps`. */
  constructor(itemMax: number, used = 0) {
    this.#seen = new Stamps(itemMax, used);
    this.#marks = new Uint8Array(itemMax);
  }

  use(slabs: InterestSlabs, row: number): void {
    this.#seen.forget();
    const start = slabs.seenStart[row];
    for (let i = start; i < start + slabs.seenCount[row]; i++) {
      const item = slabs.seenItem[i];
      this.#seen.mark(item);
      this.#marks[item] = slabs.seenMarks[i];
    }
  }

  /** `SEEN` bits; 0 for an item the user never saw. */
  marks(item: number): number {
    return this.#seen.has(item) ? this.#marks[item] : 0;
  }
}
