import { expect, test } from 'vitest';
import { HttpMarket } from '../../../../gateway/market/http-market.js';
import type { HttpCall } from '../../../../gateway/server/http-call.js';
import { shardOptions } from '../../../../shards/api.js';
import { Catalogue } from '../../../../model/catalogue/catalogue.js';
import { openMemoryCatalogueStore } from '../../../../shards/store/lmdb/lmdb-catalogue-store.js';

const ask = (market: HttpMarket, query = '') => market.get({ query: new URLSearchParams(query) } as HttpCall);

async function marketThat(isOff: boolean): Promise<HttpMarket> {
  const catalogue = await Catalogue.create({ itemMax: 8, columnMax: 2, store: openMemoryCatalogueStore() });
  const campaigns = { note: () => undefined, find: () => undefined, list: () => [] };
  const view = { report: () => undefined, periodMs: isOff ? 0 : 60_000, isOff, campaigns };
  return new HttpMarket(view, catalogue, { nameOf: () => undefined, tree: undefined });
}

test('where nothing is counted the answer says which option does that', async () => {
  const { status, body } = await ask(await marketThat(true));
  expect([status, String(body)]).toEqual([404, expect.stringContaining('AFTERCLICK_MARKET_PERIOD_MS is 0')]);
});

test('a campaign that no event named is not found; when too many ask, that is told', async () => {
  const market = await marketThat(false);
  expect((await ask(market, 'campaign=spring')).status).toBe(404);
  expect((await ask(market)).status).toBe(503);
});

test('a period is nothing, or a second at least', () => {
  const { schema } = shardOptions.marketPeriodMs;
  expect(['0', '1000', '86400000'].map((text) => schema.parse(text))).toEqual([0, 1_000, 86_400_000]);
  for (const text of ['1', '999', '-1']) expect(schema.safeParse(text).success).toBe(false);
});
