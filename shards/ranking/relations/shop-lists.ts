import type { CatalogueView } from '../../../model/catalogue/catalogue-view.js';
import type { DistinctShoppers } from '../../graph/interactions/distinct-shoppers.js';
import type { TopItems } from '../../graph/interactions/top-items.js';
import type { Trends } from '../../graph/interactions/trends.js';
import { filterCategory } from '../lists/filter-category.js';
import { createOrderedList, insertByScore, type OrderedList } from '../lists/ordered-list.js';
import { isAllowed, type SlotRules } from '../lists/slot-rules.js';
import type { SeenLookup } from '../lists/seen-lookup.js';

/** Items of the catalogue that are looked at for the newest ones, those that came last first. */
const NEW_LOOKS_MAX = 262_144;
/** Of these, how many the rules are asked about. */
const NEW_RULED_MAX = 16_384;
/** Entries of the categories' trends that are looked at for a filter that names none of them. */
const TREND_LOOKS_MAX = 16_384;
const DAY_MS = 86_400_000;

/** What lists of the shop are read from; borrowed. */
export interface ShopSources {
  readonly catalogue: CatalogueView;
  readonly trends: Trends;
  readonly popular: TopItems;
  readonly shoppers: DistinctShoppers;
}

/** Lists that are the same for every shopper but for their own marks: what is clicked most lately, and what came last. One per shard. */
export class ShopLists {
  readonly #catalogue: CatalogueView;
  readonly #trends: Trends;
  readonly #popular: TopItems;
  readonly #shoppers: DistinctShoppers;
  readonly #list: OrderedList;

  constructor({ catalogue, trends, popular, shoppers }: ShopSources, listMax: number) {
    this.#catalogue = catalogue;
    this.#trends = trends;
    this.#popular = popular;
    this.#shoppers = shoppers;
    this.#list = createOrderedList(listMax);
  }

  /**
   * The `count` items with the most clicks lately that the rules allow, by clicks faded to `nowMs`: of the one category that the filter
   * asks for, or of all of them; then what has been popular for long, below 0. Each of them enough shoppers have clicked. Borrowed until
   * the next call.
   */
  trending(rules: SlotRules, seen: SeenLookup, count: number, nowMs: number): OrderedList {
    const list = this.#begin(count);
    const category = filterCategory(rules.definition.filter);
    if (category >= 0) this.#addTops(this.#trends.ofCategory(category), rules, seen, nowMs);
    else {
      this.#addTops(this.#trends, rules, seen, nowMs);
      if (list.count < count) this.#addCategories(rules, seen, nowMs);
    }
    const { items, count: popular } = this.#popular;
    for (let i = 0; i < popular && list.count < count; i++)
      if (this.#mayAdd(rules, seen, items[i])) insertByScore(list, items[i], -1 - i, -1);
    return list;
  }

  /** The `count` items that came last into the catalogue and that the rules allow, by days that they will have been there, negative. Borrowed as well. */
  newest(rules: SlotRules, seen: SeenLookup, count: number, nowMs: number): OrderedList {
    const list = this.#begin(count);
    const { created, indexCount } = this.#catalogue;
    let ruled = 0;
    const end = Math.max(0, indexCount - NEW_LOOKS_MAX);
    for (let item = indexCount - 1; item >= end && ruled < NEW_RULED_MAX; item--) {
      const score = Math.fround((created[item] - nowMs) / DAY_MS);
      if (Number.isNaN(score) || (list.count === count && score <= list.scores[count - 1])) continue;
      ruled++;
      if (isAllowed(rules, this.#catalogue, seen, item)) insertByScore(list, item, score, -1);
    }
    return list;
  }

  #begin(count: number): OrderedList {
    const list = this.#list;
    list.count = 0;
    list.max = count;
    return list;
  }

  /** All of `tops` that the rules allow. @returns how many were looked at. */
  #addTops(tops: TopItems | undefined, rules: SlotRules, seen: SeenLookup, nowMs: number): number {
    if (tops === undefined) return 0;
    const { items, count } = tops;
    for (let i = 0; i < count; i++) {
      const clicks = tops.countAt(i, nowMs);
      // They come by clicks: what follows has no more.
      if (this.#isFull && clicks <= this.#lowest) return i + 1;
      if (this.#mayAdd(rules, seen, items[i])) insertByScore(this.#list, items[i], clicks, -1);
    }
    return count;
  }

  /** The trends of all categories, as far as the bound goes. */
  #addCategories(rules: SlotRules, seen: SeenLookup, nowMs: number): void {
    let looks = 0;
    for (const tops of this.#trends.ofCategories()) {
      looks += this.#addTops(tops, rules, seen, nowMs);
      if (looks > TREND_LOOKS_MAX) return;
    }
  }

  get #isFull(): boolean {
    return this.#list.count === this.#list.max;
  }

  get #lowest(): number {
    return this.#list.scores[this.#list.count - 1];
  }

  #mayAdd(rules: SlotRules, seen: SeenLookup, item: number): boolean {
    const list = this.#list;
    for (let i = 0; i < list.count; i++) if (list.items[i] === item) return false;
    return isAllowed(rules, this.#catalogue, seen, item) && this.#shoppers.areEnoughOf(item);
  }
}
