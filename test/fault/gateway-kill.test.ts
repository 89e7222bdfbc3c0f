import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openLmdbStore } from '../../shards/store/lmdb/lmdb-store.js';
import { decodeEvents } from '../../shards/store/journal-record.js';
import { shardFolder, snapshotsFolder } from '../../shards/store/data-folder.js';
import { verifySnapshot } from '../../shards/store/snapshot/snapshot.js';
import { startGateway, type BuiltGateway } from '../support/gateway/built-gateway.js';
import { seededRandom } from '../support/random.js';
import { Shopper } from '../support/gateway/shopper.js';
import { temporaryFolder } from '../support/store/store-kinds.js';

const ROUNDS = 5;
const SHOPPERS = 6;
const ITEMS = 300;

async function gatewayOf(dataDir: string): Promise<BuiltGateway> {
  const gateway = await startGateway({
    env: {
      AFTERCLICK_DATA_DIR: dataDir,
      AFTERCLICK_SHARDS: '2',
      AFTERCLICK_BUNDLE: 'none',
      AFTERCLICK_LOG_LEVEL: 'error',
    },
  });
  onTestFinished(() => gateway.kill());
  return gateway;
}

async function putItems(url: string): Promise<void> {
  const body = Array.from({ length: ITEMS }, (_, i) =>
    JSON.stringify({ id: `item-${i}`, price: i, category: `c${i % 7}` }),
  ).join('\n');
  const response = await fetch(`${url}/v1/items`, {
    method: 'PUT',
    body,
    headers: { 'content-type': 'application/x-ndjson' },
  });
  expect(response.status).toBe(200);
}

/** Every event of the journals by user, in order. The gateway is not running. */
async function journals(dataDir: string): Promise<Map<string, number[]>> {
  const seqs = new Map<string, number[]>();
  for (const shard of [0, 1]) {
    const store = await openLmdbStore({ folder: shardFolder(dataDir, shard) });
    for (const { bytes } of store.journal.from(0)) {
      for (const { user, seq } of decodeEvents(bytes)) seqs.set(user, [...(seqs.get(user) ?? []), seq]);
    }
    await store.close();
  }
  return seqs;
}

/** Clicks in bursts until so many events were sent, and kills the gateway in the middle of what is on its way. */
async function clickAndKill(
  gateway: BuiltGateway,
  shoppers: readonly Shopper[],
  random: (limit: number) => number,
): Promise<void> {
  const bursts = 2 + random(6);
  for (let burst = 0; burst < bursts; burst++) {
    for (const shopper of shoppers)
      for (let left = random(6); left >= 0; left--) shopper.click(`item-${random(ITEMS)}`);
    if (burst < bursts - 1) await shoppers[random(SHOPPERS)].settled();
  }
  await gateway.kill();
  for (const shopper of shoppers) await shopper.broken();
}

test('[D1][D2][D4] a gateway killed in the middle of clicks has all that it acknowledged, and counts what is resent once', async () => {
  const dataDir = temporaryFolder();
  const random = seededRandom(20);
  const shoppers = Array.from({ length: SHOPPERS }, (_, i) => new Shopper(`shopper-${i}`));
  let gateway = await gatewayOf(dataDir);
  await putItems(gateway.url);
  for (const shopper of shoppers) await shopper.connect(gateway.url);
  for (let round = 0; round < ROUNDS; round++) {
    await clickAndKill(gateway, shoppers, random);
    gateway = await gatewayOf(dataDir);
    for (const shopper of shoppers) {
      const { seq } = await shopper.connect(gateway.url);
      expect(seq).toBeGreaterThanOrEqual(shopper.acked);
      expect(seq).toBeLessThanOrEqual(shopper.clicks.length);
    }
  }
  for (const shopper of shoppers) {
    await shopper.settled();
    const { ids } = await shopper.latestList();
    expect(ids.filter((id) => shopper.clicks.slice(-50).includes(id))).toEqual([]);
  }
  await gateway.kill();
  const found = await journals(dataDir);
  for (const { user, clicks } of shoppers) expect(found.get(user)).toEqual(clicks.map((_, i) => i + 1));
}, 60_000);

test('[D4] what was durable at a kill is not waited for again', async () => {
  const dataDir = temporaryFolder();
  const shopper = new Shopper('ann');
  const first = await gatewayOf(dataDir);
  await putItems(first.url);
  await shopper.connect(first.url);
  for (const item of ['item-1', 'item-2', 'item-3']) shopper.click(item);
  await shopper.settled();
  await first.kill();
  await shopper.broken();
  const again = await gatewayOf(dataDir);
  expect((await shopper.connect(again.url)).seq).toBe(3);
  await shopper.settled();
  expect((await shopper.latestList()).ids.filter((id) => shopper.clicks.includes(id))).toEqual([]);
}, 60_000);

test('[D4] a gateway ended in order goes on where it was: sessions, what was seen, trends, and a snapshot that is whole', async () => {
  const dataDir = temporaryFolder();
  const shopper = new Shopper('ann');
  const first = await gatewayOf(dataDir);
  await putItems(first.url);
  await shopper.connect(first.url);
  for (const item of ['item-1', 'item-2', 'item-3', 'item-2']) shopper.click(item);
  await shopper.settled();
  expect(await first.stop()).toBe(0);
  const [snapshot] = readdirSync(snapshotsFolder(dataDir));
  for (const shard of ['shard-0', 'shard-1']) {
    expect(await verifySnapshot(join(snapshotsFolder(dataDir), snapshot, shard))).toMatchObject({
      isWhole: true,
    });
  }
  const again = await gatewayOf(dataDir);
  expect((await shopper.connect(again.url)).seq).toBe(4);
  const own = (await shopper.latestList()).ids;
  expect(own.filter((id) => shopper.clicks.includes(id))).toEqual([]);
  const stranger = new Shopper('bob');
  await stranger.connect(again.url);
  const { ids } = await stranger.latestList();
  expect(ids.slice(0, 3).toSorted()).toEqual(['item-1', 'item-2', 'item-3']);
  expect(await again.stop()).toBe(0);
}, 60_000);
