import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { catalogueFingerprint } from '../../../cluster/catalogue/catalogue-fingerprint.js';
import { Catalogue } from '../../../model/catalogue/catalogue.js';
import { catalogueFolder } from '../../../shards/store/data-folder.js';
import { readLmdbCatalogue } from '../../../shards/store/lmdb/lmdb-catalogue-store.js';
import type { GatewayNodes } from '../../support/cluster/gateway-nodes.js';
import { NatsServers } from '../../support/cluster/nats-servers.js';
import { tinyNodes } from '../../support/cluster/tiny-nodes.js';
import { temporaryFolder } from '../../support/gateway/built-gateway.js';
import { patientlyUntil } from '../../support/patience.js';

const TIMEOUT_MS = 240_000;
const KILLED = 1;
/** It joins with an empty folder when much has changed. */
const LATE = 3;
const NODES = [0, 1, 2, LATE];
const ROUNDS = 12;

let servers: NatsServers;
let nodes: GatewayNodes;
const folder = temporaryFolder();
const folderOf = (node: number): string => join(folder, `node-${node}`);

beforeAll(async () => {
  servers = await NatsServers.start({ sync: 'always' });
  nodes = await tinyNodes({ servers, name: 'GOODS', count: NODES.length, folder });
  await nodes.start(0, 1, 2);
}, TIMEOUT_MS);
afterAll(async () => {
  await nodes?.end();
  await servers?.stop();
});

const JSON_TYPE = { 'content-type': 'application/json' };

async function call(node: number, method: string, path: string, body?: string): Promise<unknown> {
  const reply = await fetch(`${nodes.urls[node]}${path}`, {
    method,
    headers: method === 'PUT' ? { 'content-type': 'application/x-ndjson' } : JSON_TYPE,
    ...(body !== undefined && { body }),
  });
  const text = await reply.text();
  if (!reply.ok) throw new Error(`${method} ${path} at node ${node}: ${reply.status} ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}

/** Puts, changes and removes items at a node; all nodes do so with some ids that are the same. */
async function changeAt(node: number, round: number): Promise<void> {
  const lines = [
    {
      id: `own-${node}-${round}`,
      category: `kind-${round % 5}`,
      attributes: { colour: `c${node}-${round}` },
    },
    { id: `shared-${round}`, title: `by ${node}`, attributes: { colour: `c${round}`, size: node } },
  ];
  await call(node, 'PUT', '/v1/items', lines.map((line) => JSON.stringify(line)).join('\n'));
  await call(
    node,
    'PATCH',
    `/v1/items/own-${node}-${round}`,
    JSON.stringify({ attributes: { colour: 'red' } }),
  );
  if (round % 3 === 0) await call(node, 'DELETE', `/v1/items/own-${node}-${round}`);
}

async function page(node: number): Promise<unknown> {
  return call(node, 'GET', '/v1/items?limit=200');
}

/** Waits until all these nodes tell the same items. */
async function same(among: readonly number[]): Promise<void> {
  let pages: string[] = [];
  const isSame = await patientlyUntil(
    async () => {
      pages = (await Promise.all(among.map(page))).map((one) => JSON.stringify(one));
      return pages.every((one) => one === pages[0]);
    },
    { everyMs: 50, ms: TIMEOUT_MS / 4 },
  );
  if (!isSame) expect(pages.slice(1)).toEqual(pages.slice(1).map(() => pages[0]));
}

/** Of what a node that does not run has on its disk. */
async function fingerprintOf(node: number): Promise<string> {
  const store = await readLmdbCatalogue(catalogueFolder(folderOf(node)));
  const catalogue = await Catalogue.create({ itemMax: 1_024, columnMax: 16, store, keepsCodes: true });
  expect(catalogue.indexCount).toBeGreaterThan(40);
  return catalogueFingerprint(catalogue);
}

test(
  'changes of items at any node are on every node: of one that is killed among them, and of one that joins late',
  { timeout: TIMEOUT_MS },
  async () => {
    const survivors = [0, 2];
    for (let round = 0; round < ROUNDS; round++) {
      const among = round < ROUNDS / 2 ? [0, 1, 2] : survivors;
      const changes = among.map((node) => changeAt(node, round));
      if (round === ROUNDS / 2 - 1) {
        const killed = nodes.kill(KILLED);
        // What was under way at the node that dies may have been carried out or not.
        await Promise.allSettled([changes[KILLED]]);
        await killed;
      }
      await Promise.all(changes.filter((_, i) => among[i] !== KILLED || round < ROUNDS / 2 - 1));
    }
    await nodes.start(KILLED);
    await nodes.start(LATE);
    await call(
      LATE,
      'PUT',
      '/v1/items',
      JSON.stringify({ id: 'fresh', title: 'FRESH MUG', category: 'fresh' }),
    );
    expect(await call(LATE, 'GET', '/v1/items/fresh')).toMatchObject({ title: 'FRESH MUG' });
    await same(NODES);

    const red = { user: 'ann', k: 100, how: 'new', filter: { colour: 'red' } };
    const lists = await Promise.all(
      NODES.map((node) => call(node, 'POST', '/v1/recommend', JSON.stringify(red))),
    );
    const ids = lists.map((list) => (list as { ids: string[] }).ids);
    expect(ids[0].length).toBeGreaterThan(8);
    expect(ids).toEqual(NODES.map(() => ids[0]));
    for (const node of NODES) {
      const fresh = { user: `guest-${node}`, k: 5, how: 'new', filter: { category: 'fresh' } };
      expect(await call(node, 'POST', '/v1/recommend', JSON.stringify(fresh))).toMatchObject({
        ids: ['fresh'],
      });
    }
    const gone = { filter: { category: 'kind-1' } };
    expect(await call(2, 'DELETE', '/v1/items', JSON.stringify(gone))).toMatchObject({ refused: 0 });
    await same(NODES);

    for (const node of NODES) {
      const metrics = await (await fetch(`${nodes.urls[node]}/metrics`)).text();
      expect(metrics).toMatch(/^afterclick_cluster_catalogue_behind 0$/m);
      expect(metrics).not.toMatch(/^afterclick_cluster_catalogue_differs 1$/m);
    }
    await Promise.all(NODES.map((node) => nodes.stop(node)));
    const [first, ...others] = await Promise.all(NODES.map(fingerprintOf));
    expect(others).toEqual(others.map(() => first));
  },
);
