import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeTinyEncoder } from '../support/encoder/tiny-encoder.js';
import { startGateway, type BuiltGateway } from '../support/gateway/built-gateway.js';

const ITEMS = ['red lamp', 'blue lantern', 'blue mug', 'red rug', 'red teapot', 'blue kettle'].map(
  (title, i) => ({
    id: `${i}`,
    title,
    price: i,
  }),
);

/** The newest come first where nothing else is known. */
const ARTICLES = ['illumination', 'azure', 'carpet'].map((title, i) => ({
  id: `a${i}`,
  title,
  attributes: { kind: 'article' },
}));

interface Found {
  readonly ids: readonly string[];
  readonly meaning: boolean;
  readonly degraded: boolean;
}

async function post(
  gateway: BuiltGateway,
  path: string,
  body: unknown,
  method: 'POST' | 'PUT' = 'POST',
): Promise<Response> {
  return fetch(gateway.url + path, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

const search = async (gateway: BuiltGateway, body: object): Promise<Found> =>
  (await post(gateway, '/v1/search', body)).json() as Promise<Found>;

/** Asks until the encoder has read what there is to read, and answers in time. */
async function searchByMeaning(
  gateway: BuiltGateway,
  body: object,
  isDone: (found: Found) => boolean,
): Promise<Found> {
  for (;;) {
    const found = await search(gateway, body);
    if (found.meaning && isDone(found)) return found;
  }
}

const metric = async (gateway: BuiltGateway, name: string): Promise<number> => {
  const text = await (await fetch(`${gateway.url}/metrics`)).text();
  return Number(new RegExp(`^afterclick_${name} (.*)$`, 'm').exec(text)?.[1]);
};

test('searches by meaning and words, for a shopper, with a filter, and after a restart; an interest leads to another kind, and a graph comes from elsewhere', async () => {
  const env = { AFTERCLICK_ENCODER: writeTinyEncoder(), AFTERCLICK_BUNDLE: 'none', AFTERCLICK_SHARDS: '1' };
  const gateway = await startGateway({ env });
  await post(gateway, '/v1/items', ITEMS, 'PUT');
  const found = await searchByMeaning(
    gateway,
    { q: 'scarlet illumination', k: 4 },
    ({ ids }) => ids.length === 4,
  );
  // Not one word of the query is in a title.
  expect(found.ids[0]).toBe('0');
  expect(found).toMatchObject({ meaning: true, degraded: false });
  const filtered = await search(gateway, { q: 'scarlet illumination', filter: { price: { gt: 0 } } });
  expect(filtered.ids).not.toContain('0');
  expect(await (await post(gateway, '/v1/search', { q: '' })).json()).toMatchObject({
    code: 'invalid_field',
  });
  expect(await (await post(gateway, '/v1/search', { q: 'lamp', k: 101 * 1000 })).json()).toMatchObject({
    status: 400,
  });

  // A shopper who wants blue things gets the blue one of two that fit alike.
  const click = { user: 'ann', e: 'purchase', items: ['2', '5'], id: 'a' };
  expect((await post(gateway, '/v1/events', click)).status).toBe(200);
  const theirs = await search(gateway, { q: 'lamp lantern', user: 'ann' });
  expect([...theirs.ids].sort()).toEqual([...(await search(gateway, { q: 'lamp lantern' })).ids].sort());
  expect(theirs.degraded).toBe(false);

  // Nobody has clicked an article: what they say is all that leads to one.
  await post(gateway, '/v1/items', ARTICLES, 'PUT');
  const view = { user: 'ben', e: 'view_item', item: '0', id: 'b' };
  expect((await post(gateway, '/v1/events', view)).status).toBe(200);
  const read = { user: 'ben', k: 3, filter: { kind: 'article' } };
  for (;;) {
    const { ids } = (await (await post(gateway, '/v1/recommend', read)).json()) as Found;
    expect([...ids].sort()).toEqual(ARTICLES.map(({ id }) => id));
    if (ids[0] === 'a0') break;
  }

  // What another shop told of somebody stands for what means the like here.
  const theirGraph = {
    nodes: [
      { id: '77', kind: 'item', name: 'scarlet illumination', weight: 2, lastMs: Date.now() - 60_000 },
      { id: '78', kind: 'item', name: 'nothing that is known', weight: 5, lastMs: Date.now() },
      { id: 'category:lights', kind: 'category', name: 'lights', weight: 1, lastMs: Date.now() },
    ],
    edges: [],
  };
  const brought = await (await post(gateway, '/v1/users/eve/graph', theirGraph)).json();
  expect(brought).toMatchObject({
    imported: [{ from: '77', item: '0', weight: 2 }],
    left: ['78', 'category:lights'],
  });

  const dataDir = gateway.dataDir;
  // The kind of the articles is a text of its own, read once.
  expect(await metric(gateway, 'encoded_texts_total')).toBe(ITEMS.length + ARTICLES.length + 1);
  expect(await gateway.stop()).toBe(0);
  expect(existsSync(join(dataDir, 'encoder', 'vectors.cache'))).toBe(true);
  const again = await startGateway({ env: { ...env, AFTERCLICK_DATA_DIR: dataDir } });
  await searchByMeaning(again, { q: 'beaker' }, ({ ids }) => ids[0] === '2');
  expect(await metric(again, 'encoded_texts_total')).toBe(0);
  const kept = (await (await fetch(`${again.url}/v1/users/eve/graph`)).json()) as { nodes: object[] };
  expect(kept.nodes[0]).toMatchObject({ id: '0', kind: 'item', weight: expect.closeTo(2, 2) as number });
  expect(await again.stop()).toBe(0);
});
