import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { campaignId } from '../../../../shards/graph/campaign-id.js';
import { MarketCounter } from '../../../../shards/market/market-counter.js';
import { MarketFiles } from '../../../../shards/market/market-files.js';
import { PairTable } from '../../../../shards/market/pair-table.js';
import { createSharedMarket, MarketColumns, PERIODS } from '../../../../shards/market/shared-market.js';
import { temporaryFolder } from '../../../support/gateway/built-gateway.js';

const DAY_MS = 86_400_000;
const SPRING = campaignId('spring');
const bought = (day: number) => ({
  items: [3, 7],
  tsMs: day * DAY_MS,
  isPurchase: true,
  untaught: [],
  campaigns: Uint32Array.of(SPRING),
});

test('counts are there again after a restart, pairs too, and periods go when they are too old', async () => {
  const folder = temporaryFolder();
  const market = createSharedMarket(16, DAY_MS, 1);
  new MarketColumns(market).campaigns.begin(5, SPRING);
  new MarketCounter(market, 0).count('ann', bought(100));
  await new MarketFiles(market, folder).write(100 * DAY_MS, 8);
  const again = createSharedMarket(16, DAY_MS, 1);
  await new MarketFiles(again, folder).read();
  expect([...(new MarketColumns(again).of('buyers', 100) ?? [])].slice(0, 8)).toEqual([
    0, 0, 0, 1, 0, 0, 0, 1,
  ]);
  const { campaigns } = new MarketColumns(again);
  expect([campaigns.rowOf(SPRING), ...campaigns.armOf(5, 100 % PERIODS)]).toEqual([5, 1, 1, 0]);
  expect([...campaigns.shopOf(100 % PERIODS)]).toEqual([1, 1]);
  expect([...new PairTable(again.pairs[0]).pairs()]).toEqual([{ a: 3, b: 7, baskets: 1 }]);
  new MarketCounter(again, 0).count('bob', bought(100 + PERIODS));
  await new MarketFiles(again, folder).write((100 + PERIODS) * DAY_MS, 8);
  expect(readdirSync(join(folder, String(DAY_MS)))).toEqual([
    'campaigns.counts',
    'pairs-0.counts',
    `period-${100 + PERIODS}.counts`,
  ]);
});

test('what comes late is there again after a restart, and a period is written when more was counted in it', async () => {
  const folder = temporaryFolder();
  const market = createSharedMarket(16, DAY_MS, 1);
  const counter = new MarketCounter(market, 0);
  counter.count('ann', bought(100));
  counter.count('bob', bought(100 - PERIODS + 1));
  await new MarketFiles(market, folder).write(100 * DAY_MS, 16);
  const again = createSharedMarket(16, DAY_MS, 1);
  const files = new MarketFiles(again, folder);
  await files.read();
  expect(new MarketColumns(again).of('clicks', 100 - PERIODS + 1)?.[3]).toBe(1);
  rmSync(join(folder, String(DAY_MS)), { recursive: true });
  new MarketCounter(again, 0).count('cid', bought(99));
  await files.write(100 * DAY_MS, 16);
  const written = readdirSync(join(folder, String(DAY_MS))).filter((name) => name.startsWith('period'));
  expect(written).toEqual(['period-99.counts']);
});

test('periods of another length are not mixed up, and a file that does not fit is left out', async () => {
  const folder = temporaryFolder();
  const market = createSharedMarket(16, DAY_MS, 1);
  new MarketCounter(market, 0).count('ann', bought(100));
  await new MarketFiles(market, folder).write(100 * DAY_MS, 16);
  const hours = createSharedMarket(16, 3_600_000, 1);
  await new MarketFiles(hours, folder).read();
  expect(new MarketColumns(hours).of('clicks', 100)).toBeUndefined();
  const smaller = createSharedMarket(4, DAY_MS, 1);
  await new MarketFiles(smaller, folder).read();
  expect([...(new MarketColumns(smaller).of('clicks', 100) ?? [])]).toEqual([0, 0, 0, 0]);
});
