import { expect, test } from 'vitest';
import { Random } from '../../../../model/train/random-numbers.js';
import { campaignId } from '../../../../shards/graph/campaign-id.js';
import { campaignReport, type CampaignReport } from '../../../../shards/market/campaign-report.js';
import { MarketCounter } from '../../../../shards/market/market-counter.js';
import { CAMPAIGNS_MAX } from '../../../../shards/market/shared-campaigns.js';
import { createSharedMarket, MarketColumns } from '../../../../shards/market/shared-market.js';

const DAY_MS = 86_400_000;
const DAY = 20_000;
const BEGAN = DAY - 7;
const SPRING = campaignId('spring');

interface Visit {
  readonly buys?: boolean;
  readonly item?: number;
  readonly seen?: readonly number[];
}

class Shop {
  readonly market = createSharedMarket(8, DAY_MS, 2);
  readonly columns = new MarketColumns(this.market);
  readonly #counters = [0, 1].map((shard) => new MarketCounter(this.market, shard));

  constructor() {
    this.columns.campaigns.begin(3, SPRING);
  }

  visit(user: number, day: number, { buys = false, item = 0, seen = [] }: Visit = {}): void {
    this.#counters[user % 2].count(`u${user}`, {
      items: [item],
      tsMs: day * DAY_MS,
      isPurchase: buys,
      untaught: [],
      campaigns: Uint32Array.from(seen),
    });
  }

  report(items: readonly number[] = []): CampaignReport {
    const question = { id: SPRING, firstMs: BEGAN * DAY_MS, lastMs: DAY * DAY_MS, items };
    return campaignReport(this.columns, question, DAY, DAY_MS);
  }
}

/** Days of the shop from 20 before the campaign on, `of` visitors each, all new. */
function open(shop: Shop, visitOf: (day: number, n: number) => Visit, of: (day: number) => number): void {
  let user = 0;
  for (let day = BEGAN - 20; day <= DAY; day++)
    for (let n = of(day); n > 0; n--) shop.visit(user++, day, visitOf(day, n));
}

test('shoppers and buyers of each arm count once a period; whoever bought before they saw it is in neither', () => {
  const shop = new Shop();
  const seen = [SPRING];
  for (const buys of [false, true, true]) shop.visit(1, DAY, { buys, seen });
  shop.visit(2, DAY, { buys: true });
  shop.visit(2, DAY, { seen });
  shop.visit(2, DAY, { buys: true, seen });
  shop.visit(3, DAY, { buys: true });
  shop.visit(4, DAY);
  shop.visit(5, DAY);
  shop.visit(5, DAY, { seen });
  const { seen: arm, others, series } = shop.report();
  expect(arm).toEqual({ shoppers: 2, buyers: 1 });
  expect(others).toEqual({ shoppers: 2, buyers: 1 });
  expect(series).toEqual([
    { fromMs: DAY * DAY_MS, shoppers: 5, buyers: 3, seen: { shoppers: 2, buyers: 1 } },
  ]);
});

test('a campaign that nobody keeps a row of counts nothing', () => {
  const shop = new Shop();
  shop.visit(1, DAY, { seen: [campaignId('autumn')] });
  expect(shop.columns.campaigns.everSeen(3)).toBe(0);
});

test('a row that another campaign gets begins with nothing', () => {
  const shop = new Shop();
  shop.visit(1, DAY, { seen: [SPRING] });
  shop.columns.campaigns.begin(3, campaignId('autumn'));
  expect(shop.columns.campaigns.everSeen(3)).toBe(0);
  expect(shop.columns.campaigns.rowOf(SPRING)).toBe(-1);
  expect(shop.columns.campaigns.ids).toHaveLength(CAMPAIGNS_MAX);
});

test('where half as many more buy since it began, the lift of the shop says so, with an interval that holds it and not 1', () => {
  const shop = new Shop();
  open(
    shop,
    (day, n) => ({ buys: n <= (day < BEGAN ? 40 : 60) }),
    () => 200,
  );
  const { shop: lifts, before, since } = shop.report();
  expect([before, since]).toEqual([19, 7]);
  expect(lifts.shoppers).toMatchObject({ observed: 1_400, expected: 1_400, ratio: 1 });
  expect(lifts.buyers).toMatchObject({ observed: 420, expected: 280, ratio: 1.5 });
  expect(lifts.buyers?.low).toBeGreaterThan(1.2);
  expect(lifts.buyers?.high).toBeLessThan(1.9);
  expect(lifts.buyers?.p).toBeLessThan(0.001);
});

test('weekdays of before are in the forecast', () => {
  const shop = new Shop();
  const isFull = (day: number): boolean => day % 7 < 2;
  open(
    shop,
    () => ({}),
    (day) => (isFull(day) ? 300 : 100),
  );
  const { shoppers } = shop.report().shop;
  expect(shoppers?.ratio).toBeCloseTo(1, 6);
  // Chance alone: weekdays are no dispersion.
  expect((shoppers?.high ?? 9) - (shoppers?.low ?? 0)).toBeLessThan(0.2);
});

test('items of the campaign are held against the rest of the shop: one that grows with it has no lift, one that sells twice has', () => {
  const isSince = (day: number): boolean => day >= BEGAN;
  const shop = new Shop();
  // Item 1 has a tenth of the shoppers always, item 2 since the campaign twice that; the shop doubles.
  open(
    shop,
    (day, n) => ({ item: n % 10 === 0 ? 1 : n % 10 === 1 || (n % 10 === 2 && isSince(day)) ? 2 : 0 }),
    (day) => (isSince(day) ? 200 : 100),
  );
  const grown = shop.report([2]).items?.shoppers;
  expect(grown?.ratio).toBeGreaterThan(1.7);
  expect(grown?.low).toBeGreaterThan(1.4);
  const same = shop.report([1]).items?.shoppers;
  expect(same?.low).toBeLessThan(1);
  expect(same?.high).toBeGreaterThan(0.9);
});

test('those who saw it buy twice as often as those who did not, with an interval around 2', () => {
  const shop = new Shop();
  open(
    shop,
    (day, n) => {
      const isSeen = n % 2 === 0;
      return { buys: isSeen ? n % 10 === 0 : n % 20 === 1, seen: isSeen && day >= BEGAN ? [SPRING] : [] };
    },
    () => 200,
  );
  const { against, seen, others } = shop.report();
  expect([seen, others]).toEqual([
    { shoppers: 800, buyers: 160 },
    { shoppers: 800, buyers: 80 },
  ]);
  expect(against).toMatchObject({ observed: 160, expected: 80, ratio: 2 });
  expect(against?.low).toBeGreaterThan(1.4);
  expect(against?.high).toBeLessThan(2.8);
});

test('with little before there is no lift', () => {
  const shop = new Shop();
  for (let day = BEGAN - 4; day <= DAY; day++)
    for (let n = 0; n < 50; n++) shop.visit(day * 50 + n, day, { buys: true });
  const { shop: lifts, against } = shop.report([1]);
  expect([lifts.shoppers, lifts.buyers, against]).toEqual([undefined, undefined, undefined]);
});

test('where nothing has changed the interval misses 1 in about one of twenty shops, also where days swing by themselves', () => {
  const random = new Random(11);
  let missed = 0;
  const shops = 200;
  for (let n = 0; n < shops; n++) {
    const shop = new Shop();
    const { campaigns, stamp } = shop.columns;
    for (let day = BEGAN - 20; day <= DAY; day++) {
      stamp[day % stamp.length] = day;
      // Twice as much as by chance: a day's mean swings by a fifth.
      campaigns.shopOf(day % stamp.length)[0] = poisson(random, 25 * (1 + 0.2 * random.normal()));
    }
    const { low = 0, high = 0 } = shop.report().shop.shoppers ?? {};
    if (low > 1 || (high ?? Infinity) < 1) missed++;
  }
  expect(missed / shops).toBeLessThan(0.1);
});

/** Knuth's method. */
function poisson(random: Random, mean: number): number {
  let count = -1;
  for (let product = 1; product > Math.exp(-Math.max(0.1, mean)); count++) product *= random.uniform();
  return count;
}
