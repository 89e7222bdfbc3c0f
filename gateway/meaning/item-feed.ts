import type { Catalogue } from '../../model/catalogue/catalogue.js';
import { withoutVectors } from '../../model/vectors/given-vectors.js';
import { ITEMS_A_MESSAGE, type EncodedItem } from '../../model/encoder/encoder-messages.js';

/**
 * Items that the encoder's thread does not know as they are, each once: a message of `ITEMS_A_MESSAGE` is under way at most, so that
 * what waits here is never more than the catalogue holds.
 */
export class ItemFeed {
  readonly #catalogue: Pick<Catalogue, 'item'>;
  readonly #give: (items: readonly EncodedItem[]) => void;
  readonly #waiting = new Set<number>();
  #underWay = 0;

  constructor(catalogue: Pick<Catalogue, 'item'>, give: (items: readonly EncodedItem[]) => void) {
    this.#catalogue = catalogue;
    this.#give = give;
  }

  /** Items that the thread is still to take in. */
  get left(): number {
    return this.#waiting.size + this.#underWay;
  }

  add(items: Iterable<number>): void {
    for (const index of items) this.#waiting.add(index);
    if (this.#underWay === 0) this.#next();
  }

  /** True when an item has changed since the thread got it, so that what it says of it is old. */
  hasChanged(index: number): boolean {
    return this.#waiting.has(index);
  }

  /** The thread has taken in what was under way. */
  taken(): void {
    this.#underWay = 0;
    this.#next();
  }

  #next(): void {
    const items: EncodedItem[] = [];
    for (const index of this.#waiting) {
      if (items.length === ITEMS_A_MESSAGE) break;
      this.#waiting.delete(index);
      const item = this.#catalogue.item(index);
      items.push(item === undefined ? { index } : { index, item: withoutVectors(item) });
    }
    this.#underWay = items.length;
    if (items.length > 0) this.#give(items);
  }
}
