import { expect, test } from 'vitest';
import { createSharedCatalogue, catalogueArrays } from '../../../../model/catalogue/shared-catalogue.js';
import { Random } from '../../../../model/train/random-numbers.js';
import { MarketCounter } from '../../../../shards/market/market-counter.js';
import {
  marketReport,
  type MarketQuestion,
  type MarketReport,
} from '../../../../shards/market/market-report.js';
import { createSharedMarket, PERIODS, type SharedMarket } from '../../../../shards/market/shared-market.js';

const DAY_MS = 86_400_000;
const DAY = 20_000;
const NOW_MS = (DAY + 1) * DAY_MS - 1;
const ITEMS = 64;
const NONE = new Uint32Array(0);

/** A shop of 64 items in 4 categories, one after the other; two shards count in it. */
class Shop {
  readonly market: SharedMarket = createSharedMarket(ITEMS, DAY_MS, 2);
  readonly #catalogue = createSharedCatalogue(ITEMS, 1);
  readonly #counters = [0, 1].map((shard) => new MarketCounter(this.market, shard));

  constructor() {
    const { category, brand } = catalogueArrays(this.#catalogue);
    for (let item = 0; item < ITEMS; item++) category[item] = item % 4;
    brand.fill(-1);
  }

  click(
    user: number,
    items: number | number[],
    day = DAY,
    isPurchase = false,
    untaught: number[] = [],
  ): void {
    const event = {
      items: [items].flat(),
      tsMs: day * DAY_MS + 1_000,
      isPurchase,
      untaught,
      campaigns: NONE,
    };
    this.#counters[user % 2].count(`u${user}`, event);
  }

  report(question: Partial<MarketQuestion> = {}): MarketReport {
    const communities = Int32Array.from({ length: ITEMS }, (_, item) => (item < 32 ? 5 : 0));
    return marketReport(this.market, this.#catalogue, {
      nowMs: NOW_MS,
      periods: 7,
      top: 10,
      communities,
      item: -1,
      ...question,
    });
  }
}

test('clicks count each, shoppers and buyers once an item and period, over all shards', () => {
  const shop = new Shop();
  for (const user of [1, 1, 2]) shop.click(user, 3);
  shop.click(2, 3, DAY, true);
  shop.click(2, 3, DAY, true);
  shop.click(1, 3, DAY - 1);
  expect(shop.report().items.top).toEqual([{ of: 3, clicks: 6, clickers: 3, buyers: 1 }]);
  expect(shop.report({ periods: 1 }).total).toEqual({ clicks: 5, clickers: 2, buyers: 1 });
  expect(shop.report().series.map(({ clickers }) => clickers)).toEqual([1, 2]);
});

test('what one user does beyond what teaches others is not counted', () => {
  const shop = new Shop();
  shop.click(1, [3, 4], DAY, false, [0]);
  expect(shop.report().items.top).toEqual([{ of: 4, clicks: 1, clickers: 1, buyers: 0 }]);
});

test('categories and communities have the counts of their items', () => {
  const shop = new Shop();
  for (const item of [1, 5, 33]) shop.click(9, item);
  const { categories, communities, brands } = shop.report();
  expect(categories.top).toEqual([{ of: 1, clicks: 3, clickers: 3, buyers: 0 }]);
  expect(communities.top).toEqual([{ of: 5, clicks: 2, clickers: 2, buyers: 0 }]);
  expect(brands.top).toEqual([]);
});

test('a period pushes the oldest out, and what comes for one that is gone is not counted', () => {
  const shop = new Shop();
  shop.click(1, 3, DAY - PERIODS);
  shop.click(1, 4, DAY);
  shop.click(1, 5, DAY - PERIODS);
  expect(shop.report({ periods: 14 }).total.clicks).toBe(1);
  expect(shop.report().series).toHaveLength(1);
});

test('a shop with three clicks a day has no trends', () => {
  const random = new Random(5);
  for (let round = 0; round < 20; round++) {
    const shop = new Shop();
    for (let day = DAY - 13; day <= DAY; day++)
      for (let n = 0; n < 3; n++) shop.click(random.below(50), random.below(ITEMS), day);
    const { items, categories } = shop.report();
    expect([items.rising, items.falling, categories.rising, categories.falling]).toEqual([[], [], [], []]);
  }
});

/** Shoppers of each item on each day; `of` says how many there are. */
function visit(shop: Shop, of: (item: number, day: number) => number): void {
  let user = 0;
  for (let day = DAY - 13; day <= DAY; day++)
    for (let item = 0; item < ITEMS; item++)
      for (let n = of(item, day); n > 0; n--) shop.click(user++, item, day);
}

test('an item with three times its shoppers rises, one with a third falls, each with an interval that holds it; nothing else does', () => {
  const shop = new Shop();
  visit(shop, (item, day) => {
    const isNow = day > DAY - 7;
    if (item === 10) return isNow ? 15 : 5;
    if (item === 11) return isNow ? 5 : 15;
    return 10;
  });
  const { rising, falling, tested, dispersion } = shop.report().items;
  expect([rising.map(({ of }) => of), falling.map(({ of }) => of)]).toEqual([[10], [11]]);
  expect(rising[0]).toMatchObject({ now: 105, before: 35, ratio: 3 });
  expect(rising[0].low).toBeGreaterThan(1.5);
  expect(rising[0].high).toBeLessThan(6);
  expect(tested).toBe(ITEMS);
  expect(dispersion).toBe(1);
});

test('where all items swing from day to day by themselves, a swing is no trend', () => {
  const random = new Random(3);
  const shop = new Shop();
  // Half of the days nobody comes for an item, on the others twenty do.
  visit(shop, () => (random.uniform() < 0.5 ? 20 : 0));
  const { rising, falling, dispersion } = shop.report().items;
  expect(dispersion).toBeGreaterThan(5);
  expect(rising.length + falling.length).toBeLessThanOrEqual(2);
});

test('pairs are counted once a basket, which may come in several purchases, over all shards; those of an item alone when it is asked for', () => {
  const shop = new Shop();
  shop.click(1, [3, 4], DAY, true);
  shop.click(1, [5], DAY, true);
  shop.click(1, [4], DAY, true);
  shop.click(2, [4, 3], DAY, true);
  shop.click(2, [8, 9], DAY - 1, true);
  expect(shop.report().pairs[0]).toEqual({ a: 3, b: 4, baskets: 2 });
  expect(shop.report().pairs).toHaveLength(4);
  expect(shop.report({ item: 5 }).pairs.map(({ a, b }) => [a, b])).toEqual([
    [3, 5],
    [4, 5],
  ]);
});

test('a clock that is wrong ends nothing, and holds no column: before 1970 nothing is counted, and days that never came make room', () => {
  const shop = new Shop();
  for (const day of [-1, -7_000]) shop.click(1, 3, day, true);
  expect(shop.report().total.clicks).toBe(0);
  for (let day = 0; day < PERIODS; day++) shop.click(1, 3, DAY + 400 + day);
  shop.click(1, 3);
  shop.click(2, 3, DAY - 1);
  expect(shop.report().total.clicks).toBe(2);
});
