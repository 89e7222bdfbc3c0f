import { Stamps } from '../../../metrics/stamps.js';

/** Over which time different items are counted. */
export const LISTED_PERIOD_US = 600_000_000;

/**
 * How many different items the lists of a while held: the share of the catalogue that shoppers get to see. A list costs one look and
 * at most one store for each of its items; the rows are those of the catalogue, 4 bytes each.
 */
export class ItemsListed {
  readonly #marked: Stamps;
  #count = 0;
  #lastCount = -1;
  #beganUs = -1;

  /** @param itemMax items that the catalogue may have. */
  constructor(itemMax: number) {
    this.#marked = new Stamps(itemMax);
  }

  /** Notes the items of a list, catalogue indices below `itemMax`. */
  mark(items: Int32Array): void {
    for (let i = 0; i < items.length; i++) {
      if (this.#marked.has(items[i])) continue;
      this.#marked.mark(items[i]);
      this.#count++;
    }
  }

  /** Items of the last full period, or since the first call while none is over. Call it often; a period ends at such a call. */
  count(nowUs: number): number {
    if (this.#beganUs < 0) this.#beganUs = nowUs;
    if (nowUs - this.#beganUs >= LISTED_PERIOD_US) {
      this.#beganUs = nowUs;
      this.#lastCount = this.#count;
      this.#count = 0;
      this.#marked.forget();
    }
    return this.#lastCount < 0 ? this.#count : this.#lastCount;
  }
}
