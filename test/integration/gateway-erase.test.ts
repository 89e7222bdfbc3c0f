import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { AdminOutput } from '../../gateway/admin/run-admin.js';
import { builtModule } from '../support/built.js';
import { type BuiltGateway, startGateway } from '../support/gateway/built-gateway.js';
import { callJson } from '../support/gateway/http-json.js';
import { WsClient } from '../support/gateway/ws-client.js';
import { filesWith } from '../support/store/bytes-search.js';
import { temporaryFolder } from '../support/store/store-kinds.js';

const ANN = 'ann-of-green-gables';
const BOB = 'bob-the-builder-of-things';
const QUERY = 'red rubber boots for rainy days';
const ORDER = 'order-4711-of-a-shopper';
const ITEMS = Array.from({ length: 20 }, (_, i) => ({
  id: `item-${i}`,
  title: `thing ${i}`,
  category: `c${i % 3}`,
}));

interface Place {
  readonly dataDir: string;
  env: Readonly<Record<string, string>>;
}

function placeOf(isEncrypted: boolean): Place {
  const folder = temporaryFolder();
  const dataDir = join(folder, 'data');
  return {
    dataDir,
    env: {
      AFTERCLICK_DATA_DIR: dataDir,
      AFTERCLICK_SHARDS: '2',
      AFTERCLICK_BUNDLE: 'none',
      AFTERCLICK_ITEMS_MAX: '1000',
      AFTERCLICK_LOG_LEVEL: 'silent',
      AFTERCLICK_SNAPSHOT_AT_END: 'off',
      AFTERCLICK_CHECKPOINT_MS: '200',
      ...(isEncrypted && { AFTERCLICK_MASTER_KEY_FILE: join(folder, 'master.key') }),
    },
  };
}

async function started({ env }: Place): Promise<BuiltGateway> {
  const gateway = await startGateway({ env });
  onTestFinished(() => gateway.kill());
  return gateway;
}

/** A visitor who becomes ann, her clicks and a search; bob's; an order of hers over HTTP. */
async function shop(url: string): Promise<{ ann: WsClient; session: string }> {
  const ann = await WsClient.open(url);
  ann.send({ t: 'hello', slots: [{ slot: 'home', k: 10 }] });
  const { session } = await ann.next('welcome');
  ann.send({ t: 'event', seq: 1, e: 'view_item', item: 'item-1' });
  await ann.next('ack');
  ann.send({ t: 'identify', id: 'i', user: ANN });
  await ann.next('identified');
  ann.send({ t: 'event', seq: 2, e: 'view_item', item: 'item-2' });
  ann.send({ t: 'event', seq: 3, e: 'search', query: QUERY });
  await ann.next('ack', ({ seq }) => seq >= 3);
  const bob = await WsClient.hello(url, { user: BOB });
  bob.send({ t: 'event', seq: 1, e: 'dismiss_item', item: 'item-3' });
  await bob.next('ack');
  const order = { user: ANN, id: ORDER, e: 'purchase', item: 'item-4', quantity: 1 };
  expect((await callJson(url, 'POST', '/v1/events', [order])).status).toBe(200);
  return { ann, session };
}

async function dismissedByBob(url: string): Promise<boolean> {
  const { body } = await callJson(url, 'POST', '/v1/recommend', { user: BOB, k: 100 });
  return !(body as { ids: string[] }).ids.includes('item-3');
}

/** The last `seq` that the gateway knows of ann's session. */
async function seqOf(url: string, session: string): Promise<number> {
  const client = await WsClient.open(url);
  client.send({ t: 'hello', user: ANN, resume: { session, seq: 0 } });
  const { seq } = await client.next('welcome');
  client.socket.close();
  await client.closed();
  return seq;
}

async function admin({ env }: Place, ...argv: string[]): Promise<string> {
  const { runAdmin } = (await import(
    builtModule('gateway/admin/run-admin.js')
  )) as typeof import('../../gateway/admin/run-admin.js');
  let said = '';
  const output: AdminOutput = {
    env,
    nowMs: () => Date.now(),
    say: (line) => (said += `${line}\n`),
    complain: (text) => (said += text),
  };
  expect([await runAdmin(argv, output), said]).toEqual([0, said]);
  return said;
}

test('with a master key no byte of the data folder says who did what, and nobody who was erased comes back', async () => {
  const place = placeOf(true);
  let gateway = await started(place);
  await callJson(gateway.url, 'PUT', '/v1/items', ITEMS);
  const { ann, session } = await shop(gateway.url);
  expect((await callJson(gateway.url, 'POST', '/v1/snapshots', {})).status).toBe(201);
  const secrets = [ANN, BOB, QUERY, ORDER, session];
  expect(filesWith(place.dataDir, secrets)).toEqual([]);
  // Items can be read; so the search finds what is there.
  expect(filesWith(place.dataDir, ['thing 7'])).not.toEqual([]);

  const startMs = performance.now();
  const { status, body } = await callJson(gateway.url, 'DELETE', `/v1/users/${ANN}`, {});
  const tookMs = performance.now() - startMs;
  expect([status, body]).toEqual([200, { erased: true, visitors: 1 }]);
  expect(tookMs).toBeLessThan(5_000);
  await ann.closed();
  expect(ann.closeCode).toBe(4012);
  await gateway.kill();
  expect(filesWith(place.dataDir, secrets)).toEqual([]);

  expect(await admin(place, 'verify')).toContain('is sound');
  gateway = await started(place);
  expect(await seqOf(gateway.url, session)).toBe(0);
  expect(await dismissedByBob(gateway.url)).toBe(true);
  await gateway.stop();
  const users = await admin(place, 'user', 'show', BOB);
  expect(users).toContain('item-3');

  const to = join(place.dataDir, '..', 'next.key');
  await admin(place, 'keys', 'rotate', '--to', to);
  place.env = { ...place.env, AFTERCLICK_MASTER_KEY_FILE: to };
  const [snapshot] = readdirSync(join(place.dataDir, 'snapshots'));
  await admin(place, 'restore', '--snapshot', snapshot, '--without-journal');
  gateway = await started(place);
  expect(await seqOf(gateway.url, session)).toBe(0);
  expect(await dismissedByBob(gateway.url)).toBe(true);
  // Whoever comes with her name is somebody else, and is known from now on.
  const anew = await WsClient.hello(gateway.url, { user: ANN });
  anew.send({ t: 'event', seq: 1, e: 'view_item', item: 'item-5' });
  await anew.next('ack');
  await gateway.kill();
}, 120_000);

test('without a master key "compact --erased" leaves no byte of whoever was erased, and others lose nothing', async () => {
  const place = placeOf(false);
  let gateway = await started(place);
  await callJson(gateway.url, 'PUT', '/v1/items', ITEMS);
  const { session } = await shop(gateway.url);
  expect((await callJson(gateway.url, 'POST', '/v1/snapshots', {})).status).toBe(201);
  const secrets = [ANN, QUERY, ORDER, session];
  const { status, body } = await callJson(gateway.url, 'DELETE', `/v1/users/${ANN}`, {});
  expect([status, body]).toEqual([200, { erased: true, visitors: 1 }]);
  await gateway.stop();
  expect(filesWith(place.dataDir, secrets)).not.toEqual([]);
  expect(await admin(place, 'compact', '--erased')).toContain('of 2 erased users');
  expect(filesWith(place.dataDir, secrets)).toEqual([]);
  expect(readdirSync(join(place.dataDir, 'snapshots'))).toEqual([]);
  expect(await admin(place, 'verify')).toContain('is sound');
  gateway = await started(place);
  expect(await seqOf(gateway.url, session)).toBe(0);
  expect(await dismissedByBob(gateway.url)).toBe(true);
  await gateway.kill();
}, 120_000);
