import { Stamps } from '../../../metrics/stamps.js';
import type { TunedItems } from '../../graph/communities/tuned-items.js';
import { TUNE } from '../../graph/interest-rows.js';
import { SEEN } from '../../graph/interest/event-effects.js';
import type { InterestSlabs } from '../../graph/interest/interest-slabs.js';

/**
 * The seen marks of one user at a time, by item, in O(1). `use` another user without clearing. Items of interests of which they never
 * want to see anything count as dismissed.
 */
export class SeenLookup {
  readonly #seen: Stamps;
  readonly #marks: Uint8Array;
  readonly #tuned: TunedItems | undefined;

  /** @param used see `Stamps`. */
  constructor(itemMax: number, used = 0, tuned?: TunedItems) {
    this.#seen = new Stamps(itemMax, used);
    this.#marks = new Uint8Array(itemMax);
    this.#tuned = tuned;
  }

  use(slabs: InterestSlabs, row: number): void {
    this.#seen.forget();
    this.#tuned?.use(row);
    const start = slabs.seenStart[row];
    for (let i = start; i < start + slabs.seenCount[row]; i++) {
      const item = slabs.seenItem[i];
      this.#seen.mark(item);
      this.#marks[item] = slabs.seenMarks[i];
    }
  }

  /** `SEEN` bits; 0 for an item the user never saw. */
  marks(item: number): number {
    const marks = this.#seen.has(item) ? this.#marks[item] : 0;
    return this.#isNever(item) ? marks | SEEN.dismissed : marks;
  }

  #isNever(item: number): boolean {
    const tuned = this.#tuned;
    return tuned !== undefined && tuned.isAny && tuned.of(item) === TUNE.never;
  }
}
