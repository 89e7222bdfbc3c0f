import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { AfterclickClient, type SessionStorage } from '../../gateway/client/index.js';
import { createSharedVectors, itemVectors } from '../../model/kernel/shared-vectors.js';
import { InterestCodec } from '../../shards/graph/interest/state/interest-codec.js';
import { InterestGraph } from '../../shards/graph/interest/interest-graph.js';
import { InterestSlabs } from '../../shards/graph/interest/interest-slabs.js';
import { shardFolder } from '../../shards/store/data-folder.js';
import { openLmdbStore } from '../../shards/store/lmdb/lmdb-store.js';
import { visitor } from '../../shards/store/user-key.js';
import { startGateway, type BuiltGateway } from '../support/gateway/built-gateway.js';
import { Shopper } from '../support/gateway/shopper.js';
import { seededRandom } from '../support/random.js';
import { temporaryFolder } from '../support/store/store-kinds.js';

const SHOPPERS = 6;
const ITEMS = 100;
const KEPT_BYTES = 32_768;
/** Clicks that a state holds in their order. */
const LAST_CLICKS = 24;

async function gatewayOf(dataDir: string, env: Record<string, string>): Promise<BuiltGateway> {
  const gateway = await startGateway({
    env: {
      AFTERCLICK_DATA_DIR: dataDir,
      AFTERCLICK_SHARDS: '2',
      AFTERCLICK_BUNDLE: 'none',
      AFTERCLICK_LOG_LEVEL: 'error',
      AFTERCLICK_CHECKPOINT_MS: '100',
      AFTERCLICK_INTERACTION_CHECKPOINT_MS: '1000',
      ...env,
    },
  });
  onTestFinished(() => gateway.kill());
  return gateway;
}

async function putItems(url: string): Promise<void> {
  const body = Array.from({ length: ITEMS }, (_, i) => JSON.stringify({ id: `item-${i}` })).join('\n');
  const headers = { 'content-type': 'application/x-ndjson' };
  expect((await fetch(`${url}/v1/items`, { method: 'PUT', body, headers })).status).toBe(200);
}

/** Sum of a metric over its threads. */
async function metric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const values = [...text.matchAll(new RegExp(`^afterclick_${name}(?:\\{.*\\})? (\\S+)$`, 'gm'))];
  return values.reduce((sum, [, value]) => sum + Number(value), 0);
}

async function until(what: () => Promise<boolean>): Promise<void> {
  while (!(await what())) await new Promise((resolve) => setTimeout(resolve, 50));
}

/** How many clicks a state contains, and the items of the last ones, oldest first. */
function clicksIn(state: Uint8Array): { readonly count: number; readonly last: number[] } {
  const width = Buffer.from(state.buffer, state.byteOffset, state.byteLength).readUInt16LE(6);
  const slabs = new InterestSlabs({ users: 1, nodes: 32, edges: 64, clicks: LAST_CLICKS, seen: 128, width });
  const times = { nodeHalfLifeMs: 1, edgeHalfLifeMs: 1, sessionGapMs: 1, slowHalfLifeMs: 1 };
  const vectors = itemVectors(createSharedVectors(1, width, 0));
  new InterestCodec(new InterestGraph(slabs, times, vectors, new Int32Array(0))).decode(0, state);
  const count = slabs.clickCount[0];
  const last = Array.from(slabs.clickItem.subarray(0, count));
  return { count: slabs.order[0], last };
}

test('[D1][D2] clicks under load while the journal is cut, a kill in the middle, and a start: states and sessions are those of all clicks', async () => {
  const dataDir = temporaryFolder();
  const env = { AFTERCLICK_JOURNAL_KEPT_BYTES: String(KEPT_BYTES) };
  const random = seededRandom(7);
  const shoppers = Array.from({ length: SHOPPERS }, (_, i) => new Shopper(`shopper-${i}`));
  let gateway = await gatewayOf(dataDir, env);
  await putItems(gateway.url);
  for (let life = 0; life < 2; life++) {
    for (const shopper of shoppers) {
      const { seq } = await shopper.connect(gateway.url);
      expect(seq).toBeGreaterThanOrEqual(shopper.acked);
    }
    await until(async () => {
      for (const shopper of shoppers) for (let i = 0; i < 40; i++) shopper.click(`item-${random(ITEMS)}`);
      for (const shopper of shoppers) await shopper.settled();
      return (await metric(gateway.url, 'store_journal_dropped_total')) > 200;
    });
    for (const shopper of shoppers) shopper.click(`item-${random(ITEMS)}`);
    await gateway.kill();
    for (const shopper of shoppers) await shopper.broken();
    gateway = await gatewayOf(dataDir, env);
  }
  for (const shopper of shoppers) await shopper.connect(gateway.url);
  for (const shopper of shoppers) await shopper.settled();
  expect(await gateway.stop()).toBe(0);
  const found = new Map<string, { readonly seq: number; readonly count: number; readonly last: number[] }>();
  for (const shard of [0, 1]) {
    const store = await openLmdbStore({ folder: shardFolder(dataDir, shard) });
    expect(store.journal.start).toBeGreaterThan(0);
    for (const { userId, seq } of store.sessions())
      found.set(userId, { seq, ...clicksIn(store.user(userId)!) });
    await store.close();
  }
  for (const { user, clicks } of shoppers)
    expect(found.get(user)).toEqual({
      seq: clicks.length,
      count: clicks.length,
      last: clicks.slice(-LAST_CLICKS).map((item) => Number(item.slice('item-'.length))),
    });
}, 120_000);

/** A page's storage. */
function storageOf(): SessionStorage {
  const kept = new Map<string, string>();
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  };
}

/** A page that tracks views of items, and resolves when all are acknowledged; then it goes. */
async function visit(url: string, storage: SessionStorage, items: readonly string[]): Promise<string> {
  const client = new AfterclickClient({ url, storage, WebSocket });
  const tickets = items.map((item) => client.track('view_item', { item }));
  await Promise.all(tickets.map((ticket) => ticket.whenAcked()));
  const { session } = client;
  client.close();
  return session!;
}

test('[D4] a page that comes back after its visitor was removed is a new visitor in the same session: nothing is lost, nothing counts twice', async () => {
  const dataDir = temporaryFolder();
  const gateway = await gatewayOf(dataDir, { AFTERCLICK_VISITORS_KEPT_MS: '500' });
  await putItems(gateway.url);
  const storage = storageOf();
  const session = await visit(gateway.url, storage, ['item-1', 'item-2', 'item-3']);
  await until(async () => (await metric(gateway.url, 'visitors_removed_total')) === 1);
  expect(await visit(gateway.url, storage, ['item-4', 'item-5'])).toBe(session);
  await gateway.kill();
  const stored: unknown[] = [];
  for (const shard of [0, 1]) {
    const store = await openLmdbStore({ folder: shardFolder(dataDir, shard) });
    for (const { userId, sessionId, seq } of store.sessions()) stored.push({ userId, sessionId, seq });
    await store.close();
  }
  expect(stored).toEqual([{ userId: visitor(session), sessionId: session, seq: 2 }]);
}, 60_000);
