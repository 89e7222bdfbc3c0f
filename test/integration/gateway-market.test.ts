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
