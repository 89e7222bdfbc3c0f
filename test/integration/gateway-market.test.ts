import { expect, test } from 'vitest';
import { type BuiltGateway, startGateway } from '../support/gateway/built-gateway.js';
import { callJson } from '../support/gateway/http-json.js';

const ENV = { AFTERCLICK_COMMUNITIES_EVERY_MS: '100' };

/** Communities of an item of the demo shop, as soon as it has any. */
async function communitiesOf({ url }: BuiltGateway, item: string): Promise<unknown> {
  for (;;) {
    const { body } = await callJson(url, 'GET', `/v1/items/${item}`);
    if (body['communities'] !== undefined) return body['communities'];
  }
}

test('an item says which communities it is in, and they are the same after a restart', async () => {
  const first = await startGateway({ env: ENV });
  const found = await communitiesOf(first, '22423');
  expect(found).toEqual([
    { id: expect.any(Number), name: expect.stringMatching(/\S/) },
    { id: expect.any(Number), name: expect.stringMatching(/\S/) },
  ]);
  await first.stop();
  const second = await startGateway({ env: { ...ENV, AFTERCLICK_DATA_DIR: first.dataDir } });
  expect(await communitiesOf(second, '22423')).toMatchObject(
    (found as { id: number }[]).map(({ id }) => ({ id })),
  );
  await second.stop();
}, 120_000);

test('the market has what shoppers clicked and bought, and keeps it over a restart', async () => {
  const env = { AFTERCLICK_SHARDS: '2', AFTERCLICK_COMMUNITIES_EVERY_MS: '0' };
  const first = await startGateway({ env });
  const events: object[] = ['ann', 'bob'].flatMap((user) => [
    { id: `${user}-1`, user, e: 'view_item', item: '22423' },
    { id: `${user}-2`, user, e: 'purchase', items: ['22423', '20712'] },
  ]);
  events.push({ id: 'cat-0', user: 'cat', e: 'view_promotion', items: ['22423'], campaign: 'spring' });
  events.push({ id: 'cat-1', user: 'cat', e: 'view_item', item: '22423' });
  for (const event of events)
    expect((await callJson(first.url, 'POST', '/v1/events', event)).status).toBe(200);
  const expected = {
    total: { clicks: 7, shoppers: 5, buyers: 4 },
    items: {
      top: [
        { id: '22423', clicks: 5, shoppers: 3, buyers: 2 },
        { id: '20712', clicks: 2 },
      ],
      rising: [],
      falling: [],
    },
    boughtTogether: [{ items: [{}, {}], baskets: 2 }],
    campaigns: [{ name: 'spring' }],
  };
  const campaign = {
    name: 'spring',
    items: { ids: [{ id: '22423' }] },
    seen: { shoppers: 1, buyers: 0 },
    others: { shoppers: 2, buyers: 2 },
  };
  const { body } = await callJson(first.url, 'GET', '/v1/market');
  expect(body).toMatchObject(expected);
  expect((await callJson(first.url, 'GET', '/v1/market?item=20712')).body).toMatchObject({
    series: [{ shoppers: 2, buyers: 2 }],
  });
  expect((await callJson(first.url, 'GET', '/v1/market?campaign=spring')).body).toMatchObject({ campaign });
  expect((await callJson(first.url, 'GET', '/v1/market?campaign=autumn')).body).toMatchObject({
    code: 'not_found',
  });
  const { body: kept } = await callJson(first.url, 'GET', '/v1/users/cat/export');
  expect(kept).toMatchObject({ events: [{ campaign: 'spring' }, {}] });
  expect((await callJson(first.url, 'GET', '/v1/market?periods=15')).body).toMatchObject({
    code: 'invalid_field',
  });
  await first.stop();
  const second = await startGateway({ env: { ...env, AFTERCLICK_DATA_DIR: first.dataDir } });
  expect((await callJson(second.url, 'GET', '/v1/market')).body).toMatchObject(expected);
  // Who saw it is known still.
  const again = { id: 'cat-2', user: 'cat', e: 'purchase', item: '20712' };
  expect((await callJson(second.url, 'POST', '/v1/events', again)).status).toBe(200);
  const { body: after } = await callJson(second.url, 'GET', '/v1/market?campaign=spring');
  expect((after['campaign'] as { seen: object }).seen).toMatchObject({ buyers: 1 });
  await second.stop();
}, 120_000);
