import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BuiltGateway, startGateway } from '../support/gateway/built-gateway.js';
import { WsClient } from '../support/gateway/ws-client.js';

let gateway: BuiltGateway;

beforeAll(async () => {
  gateway = await startGateway();
}, 60_000);
afterAll(() => gateway.stop());

/** Bags of the demo shop that the shopper looks at. */
const BAGS = ['20712', '22386', '21929'];

async function put(item: object): Promise<void> {
  const response = await fetch(`${gateway.url}/v1/items`, {
    method: 'PUT',
    headers: { 'content-type': 'application/x-ndjson' },
    body: JSON.stringify(item),
  });
  expect(await response.json()).toMatchObject({ created: 1, refused: 0 });
}

async function shopper(user: string, clicks: readonly string[]): Promise<WsClient> {
  const client = await WsClient.hello(gateway.url, { user, slots: [{ slot: 'home', k: 50 }] });
  clicks.forEach((item, i) => client.send({ t: 'event', seq: i + 1, e: 'view_item', item }));
  await client.next('recs', ({ cause }) => cause >= clicks.length);
  return client;
}

test('an item that nobody clicked comes within a second into the list of who likes what is like it, by its title alone', async () => {
  const likesBags = await shopper('bags', BAGS);
  const likesClocks = await shopper('clocks', ['22726', '22727', '22728']);
  const startedMs = performance.now();
  await put({ id: 'new-bag', title: 'Jumbo Bag Pink Woodland Paisley', category: 'bags', price: 2.08 });
  const { model } = await likesBags.next('recs', ({ ids }) => ids.includes('new-bag'));
  expect(performance.now() - startedMs).toBeLessThan(1_000);
  expect(model).toMatch(/^demo@/);
  likesClocks.send({ t: 'recommend', id: 'now', k: 50 });
  const { ids } = await likesClocks.next('result', ({ id }) => id === 'now');
  expect(ids).toHaveLength(50);
  expect(ids).not.toContain('new-bag');
  likesBags.socket.close();
  likesClocks.socket.close();
});

test('a shopper whose only click is on an item that nobody else clicked gets what is like it', async () => {
  await put({ id: 'first-bag', title: 'Jumbo Bag Red Owls', category: 'bags', price: 2.08 });
  const client = await shopper('first', ['first-bag']);
  client.send({ t: 'recommend', id: 'now', k: 10 });
  const { ids } = await client.next('result', ({ id }) => id === 'now');
  const items = await Promise.all(
    ids.map(
      async (id) => (await (await fetch(`${gateway.url}/v1/items/${id}`)).json()) as { category: string },
    ),
  );
  expect(items.filter(({ category }) => category === 'bags').length).toBeGreaterThanOrEqual(5);
  client.socket.close();
});
