import { KIND_LINKS_MAX, catalogueArrays, type SharedCatalogue } from '../catalogue/shared-catalogue.js';
import type { KindLinks } from './kind-index.js';

/** Writes what leads to other kinds where all threads read it. The only writer; a reader may meet a row half written. */
export class KindLinkTable {
  readonly #items: Int32Array;
  readonly #likeness: Float32Array;

  constructor(shared: SharedCatalogue) {
    const { linkedItems, linkedLikeness } = catalogueArrays(shared);
    this.#items = linkedItems;
    this.#likeness = linkedLikeness;
  }

  write({ index, items, likeness }: KindLinks): void {
    const first = index * KIND_LINKS_MAX;
    for (let i = 0; i < KIND_LINKS_MAX; i++) {
      const item = i < items.length ? items[i] + 1 : 0;
      // Rows that nobody wrote take no memory.
      if (item === 0 && this.#items[first + i] === 0) break;
      this.#likeness[first + i] = i < items.length ? likeness[i] : 0;
      this.#items[first + i] = item;
    }
  }
}
