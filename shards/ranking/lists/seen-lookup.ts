import type { InterestSlabs } from '../../graph/interest/interest-slabs.js';

/** The seen marks of one user at a time, by item, in O(1). `use` another user without clearing. */
export class SeenLookup {
  readonly #stamp: Int32Array;
  readonly #marks: Uint8Array;
  #current = 0;

  constructor(itemMax: number) {
    this.#stamp = new Int32Array(itemMax);
    this.#marks = new Uint8Array(itemMax);
  }

  use(slabs: InterestSlabs, row: number): void {
    this.#current++;
    const start = row * slabs.bounds.seen;
    for (let i = start; i < start + slabs.seenCount[row]; i++) {
      const item = slabs.seenItem[i];
      this.#stamp[item] = this.#current;
      this.#marks[item] = slabs.seenMarks[i];
    }
  }

  /** `SEEN` bits; 0 for an item the user never saw. */
  marks(item: number): number {
    return this.#stamp[item] === this.#current ? this.#marks[item] : 0;
  }
}
