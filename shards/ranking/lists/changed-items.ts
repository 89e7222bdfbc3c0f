import type { CatalogueView } from '../../../model/catalogue/catalogue-view.js';
import type { CompiledFilter } from '../../../model/catalogue/shared-catalogue.js';
import type { LastClicks } from '../candidates/last-clicks.js';
import { PROPOSAL } from '../candidates/proposal.js';
import type { SlotRules } from './slot-rules.js';

/** What has changed in the catalogue; see `ShardCall` `changed`. */
export interface ItemsChange {
  readonly items: Int32Array;
  readonly arrived: Int32Array;
  readonly columns: readonly number[];
}

/** Lists of nearest items; a `VectorView` has them. */
export interface NearestItems {
  /** Int32 [items, similarCount]: 1 + index, 0 ends the list. */
  readonly similar: Int32Array;
  readonly similarCount: number;
}

/** Changed items that are tried against a slot's filter; of more it is taken that one passes. */
const TRIED_MAX = 64;

/** Items of the catalogue whose rows have changed, and which lists that concerns. */
export class ChangedItems {
  readonly #catalogue: CatalogueView;
  readonly #items = new Set<number>();
  readonly #arrived = new Set<number>();
  readonly #columns = new Set<number>();
  /** True when every list is concerned, whatever it holds. */
  #isAll = false;

  constructor(catalogue: CatalogueView) {
    this.#catalogue = catalogue;
  }

  get isEmpty(): boolean {
    return this.#items.size === 0 && !this.#isAll;
  }

  /** True when some item may be recommended that could not before. */
  get hasArrivals(): boolean {
    return this.#arrived.size > 0;
  }

  add({ items, arrived, columns }: ItemsChange): void {
    for (const item of items) this.#items.add(item);
    for (const item of arrived) this.#arrived.add(item);
    for (const column of columns) this.#columns.add(column);
  }

  addAll(): void {
    this.#isAll = true;
  }

  /**
   * True when a list has to be made anew: it holds a changed item; or a changed item passes the slot's filter, and the filter
   * tests what has changed or the list has room. So does `arriveNear`. Any other list may get the item with its user's next
   * event.
   */
  concerns(rules: SlotRules, shown: Int32Array): boolean {
    if (this.#isAll) return true;
    for (let i = 0; i < shown.length; i++) if (this.#items.has(shown[i])) return true;
    const { filter, k } = rules.definition;
    if (shown.length >= k && (filter === undefined || !this.#tests(filter))) return false;
    return this.#items.size > TRIED_MAX || this.#mayEnter(filter);
  }

  /** True when an item that has arrived passes the slot's filter and is one of the nearest to the last things clicked. */
  arriveNear(
    { definition }: SlotRules,
    clicks: LastClicks,
    { similar, similarCount }: NearestItems,
  ): boolean {
    for (let c = clicks.first(PROPOSAL.similarClicks); c < clicks.end; c++) {
      const from = clicks.items[c] * similarCount;
      for (let i = from; i < from + similarCount && similar[i] !== 0; i++)
        if (this.#arrived.has(similar[i] - 1) && this.#passes(definition.filter, similar[i] - 1)) return true;
    }
    return false;
  }

  #mayEnter(filter: CompiledFilter | undefined): boolean {
    for (const item of this.#items) {
      if (this.#passes(filter, item)) return true;
    }
    return false;
  }

  #passes(filter: CompiledFilter | undefined, item: number): boolean {
    if (!this.#catalogue.isRecommendable(item)) return false;
    return filter === undefined || this.#catalogue.passes(filter, item);
  }

  /** True when the filter looks at a column that has changed. */
  #tests(filter: CompiledFilter): boolean {
    switch (filter.op) {
      case 'all':
      case 'any':
        return filter.parts.some((part) => this.#tests(part));
      case 'not':
        return this.#tests(filter.part);
      case 'const':
        return false;
      default:
        return this.#columns.has(filter.column);
    }
  }
}
