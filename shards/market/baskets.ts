import { LRUCache } from 'lru-cache';
import type { PairTable } from './pair-table.js';

/** Shoppers whose last basket is known, items of a basket, and the pause after which a purchase begins another one. */
const BASKETS_MAX = 4_096;
const BASKET_ITEMS_MAX = 16;
const BASKET_GAP_MS = 30 * 60_000;

interface Basket {
  readonly items: number[];
  lastMs: number;
}

/** What a shopper buys without a long pause is one basket, whether it comes as one event or as several; its pairs are counted once. */
export class Baskets {
  readonly #pairs: PairTable;
  readonly #open = new LRUCache<string, Basket>({ max: BASKETS_MAX });

  constructor(pairs: PairTable) {
    this.#pairs = pairs;
  }

  /** Takes a purchase; beyond `BASKET_ITEMS_MAX` items a basket takes no more. */
  bought(user: string, items: readonly number[], atMs: number): void {
    const basket = this.#basketOf(user, atMs);
    for (const item of items) {
      if (basket.items.length === BASKET_ITEMS_MAX) return;
      if (basket.items.includes(item)) continue;
      for (const other of basket.items) this.#pairs.add(item, other);
      basket.items.push(item);
    }
  }

  #basketOf(user: string, atMs: number): Basket {
    const known = this.#open.get(user);
    if (known !== undefined && Math.abs(atMs - known.lastMs) <= BASKET_GAP_MS) {
      known.lastMs = atMs;
      return known;
    }
    const basket = { items: [], lastMs: atMs };
    this.#open.set(user, basket);
    return basket;
  }
}
