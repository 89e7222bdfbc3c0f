import type { CatalogueView } from '../../../model/catalogue/catalogue-view.js';
import { TopItems } from './top-items.js';

/** Trends kept of each category, and categories that have any: those first clicked in; 4 MB at most. */
const CATEGORY_ITEMS = 64;
const CATEGORIES_MAX = 4_096;

/**
 * The items with the greatest recent popularity, of the shop and of each category: what a shopper of whom nothing is known is
 * shown, in the category that they look at. An item that changes its category stays in the old one's trends until others
 * push it out; who reads them checks it.
 */
export class Trends extends TopItems {
  readonly #halfLifeMs: number;
  readonly #category: CatalogueView['category'];
  readonly #byCategory = new Map<number, TopItems>();

  constructor(sizeMax: number, halfLifeMs: number, { category }: Pick<CatalogueView, 'category'>) {
    super(sizeMax, halfLifeMs);
    this.#halfLifeMs = halfLifeMs;
    this.#category = category;
  }

  override update(item: number, count: number, atMs: number): void {
    super.update(item, count, atMs);
    const category = this.#category[item];
    if (category >= 0) this.#topsOf(category)?.update(item, count, atMs);
  }

  /** Trends of a category, by its code; undefined when nothing was clicked in it. */
  ofCategory(category: number): TopItems | undefined {
    return this.#byCategory.get(category);
  }

  /** Trends of all categories that something was clicked in, one after the other. */
  ofCategories(): Iterable<TopItems> {
    return this.#byCategory.values();
  }

  #topsOf(category: number): TopItems | undefined {
    const known = this.#byCategory.get(category);
    if (known !== undefined || this.#byCategory.size === CATEGORIES_MAX) return known;
    const tops = new TopItems(CATEGORY_ITEMS, this.#halfLifeMs);
    this.#byCategory.set(category, tops);
    return tops;
  }
}
