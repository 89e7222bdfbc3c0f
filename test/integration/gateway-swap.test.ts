import { appendFile, cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startGateway, temporaryFolder, type BuiltGateway } from '../support/gateway/built-gateway.js';
import { BUNDLE_ITEMS, writeTinyBundle } from '../support/model/tiny-bundles.js';
import { WsClient } from '../support/gateway/ws-client.js';

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

async function call(url: string, method: string, path: string, body?: object): Promise<Answer> {
  const response = await fetch(url + path, {
    method,
    ...(method !== 'GET' && { headers: { 'content-type': 'application/json' } }),
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}

const swap = (url: string, bundle: string, force = false) =>
  call(url, 'POST', '/v1/model', { bundle, force });
const rollBack = (url: string) => call(url, 'POST', '/v1/model/rollback');
const modelOf = async (url: string) => (await call(url, 'GET', '/v1/model')).body['model'];

/** Resolves when a swap that nobody waits for with a request is over, and `model` serves; looks for a minute. */
async function serving(url: string, model: string): Promise<void> {
  for (let looks = 0; looks < 600; looks++) {
    const { body } = await call(url, 'GET', '/v1/model');
    if (body['model'] === model && body['swap'] === null) return;
    await pause(100);
  }
  throw new Error(`${model} was not taken`);
}

/** A folder with bundles of width 4 (`narrow`) and 8 (`wide`), and how to start a gateway on it that serves `narrow`. */
async function bundles(): Promise<{
  readonly folder: string;
  readonly start: (dataDir?: string, args?: string[]) => Promise<BuiltGateway>;
}> {
  const folder = temporaryFolder();
  await writeTinyBundle({ folder: join(folder, 'narrow'), name: 'narrow', width: 4 });
  await writeTinyBundle({ folder: join(folder, 'wide'), name: 'wide', width: 8 });
  const start = async (dataDir = join(temporaryFolder(), 'data'), args: string[] = []) => {
    const gateway = await startGateway({
      env: { AFTERCLICK_DATA_DIR: dataDir, AFTERCLICK_BUNDLE: join(folder, 'narrow') },
      args: ['--bundles-dir', folder, '--shards', '2', ...args],
    });
    onTestFinished(() => gateway.kill());
    return gateway;
  };
  return { folder, start };
}

/** Clicks a user through `count` items, in sessions of ten an hour apart, and resolves when all are acknowledged. */
async function clickThrough(url: string, user: string, count: number): Promise<void> {
  const events = Array.from({ length: count }, (_, i) => ({
    user,
    id: `${user}-${i}`,
    e: 'view_item',
    item: `item-${(i * 7 + user.length) % BUNDLE_ITEMS}`,
    ts: Date.now() - 86_400_000 + i * 1_000 + Math.floor(i / 10) * 3_600_000,
  }));
  const { body } = await call(url, 'POST', '/v1/events', events);
  expect((body['results'] as { status: string }[]).every(({ status }) => status === 'applied')).toBe(true);
}

describe('POST /v1/model', { timeout: 120_000 }, () => {
  test('[D1][R1][R2] swaps there and back under clicks: every click has its list and its ack, no list goes back', async () => {
    const { start } = await bundles();
    const { url } = await start();
    const clients = await Promise.all(
      Array.from({ length: 6 }, (_, i) => WsClient.hello(url, { user: `user-${i}` })),
    );
    const clicks = { areOver: false };
    const seqs = clients.map(() => 0);
    const clicking = clients.map(async (client, i) => {
      while (!clicks.areOver) {
        await client.click(++seqs[i], `item-${(seqs[i] * 7 + i) % BUNDLE_ITEMS}`);
        await pause(20);
      }
    });
    expect(await swap(url, 'wide')).toMatchObject({
      status: 200,
      body: {
        outcome: 'swapped',
        model: 'wide@1',
        previous: 'narrow@1',
        comparison: { verdict: 'too_few_questions' },
      },
    });
    const soFar = [...seqs];
    await Promise.all(
      clients.map((client, i) =>
        client.next('recs', ({ model, cause }) => model === 'wide@1' && cause >= soFar[i] + 3),
      ),
    );
    expect(await rollBack(url)).toMatchObject({
      status: 200,
      body: { model: 'narrow@1', previous: 'wide@1' },
    });
    clicks.areOver = true;
    await Promise.all(clicking);
    await Promise.all(clients.map((client, i) => client.next('ack', ({ seq }) => seq === seqs[i])));
    for (const { inbox } of clients) {
      const lists = inbox.filter((message) => message.t === 'recs');
      const models = lists.map(({ model }) => model).filter((model, i, all) => model !== all[i - 1]);
      expect(models).toEqual(['narrow@1', 'wide@1', 'narrow@1']);
      expect(lists.every(({ rev }, i) => i === 0 || rev > lists[i - 1].rev)).toBe(true);
      expect(inbox.some((message) => message.t === 'error')).toBe(false);
    }
  });

  test('a catalogue that never had an item gets those of the bundle, one that had is left alone', async () => {
    const { start } = await bundles();
    const dataDir = join(temporaryFolder(), 'data');
    const first = await start(dataDir, ['--bundle', 'none']);
    const { url } = first;
    expect((await swap(url, 'narrow')).status).toBe(200);
    expect((await call(url, 'GET', '/v1/items')).body['total']).toBe(BUNDLE_ITEMS);
    const list = await call(url, 'POST', '/v1/recommend', { user: 'ann', k: 5 });
    expect(list.body['ids']).toHaveLength(5);
    const deleted = await fetch(`${url}/v1/items/item-0`, {
      method: 'DELETE',
      headers: { 'content-type': 'application/json' },
    });
    expect(deleted.status).toBe(204);
    expect((await swap(url, 'wide')).status).toBe(200);
    expect((await call(url, 'GET', '/v1/items')).body['total']).toBe(BUNDLE_ITEMS - 1);
    expect(await first.stop()).toBe(0);
    const again = await start(dataDir, ['--bundle', 'none']);
    expect((await call(again.url, 'GET', '/v1/items')).body['total']).toBe(BUNDLE_ITEMS - 1);
  });

  test.each([
    ['a file is missing', (folder: string) => rm(join(folder, 'vectors.f32')), 'bundle_unreadable'],
    [
      'a file is not as it was made',
      (folder: string) => appendFile(join(folder, 'step.onnx'), 'x'),
      'bundle_invalid',
    ],
    [
      'the manifest is none',
      (folder: string) => writeFile(join(folder, 'manifest.json'), '{'),
      'bundle_unreadable',
    ],
  ])('refuses a bundle of which %s, and serves on', async (_what, damage, code) => {
    const { folder, start } = await bundles();
    const { url } = await start();
    await damage(join(folder, 'wide'));
    expect(await swap(url, 'wide')).toMatchObject({
      status: 422,
      body: { code, detail: expect.any(String) },
    });
    expect(await modelOf(url)).toBe('narrow@1');
    await WsClient.hello(url, { user: 'ann' });
  });

  test('a swap whose record the disk refuses is a swap all the same: the new model serves, and is told', async () => {
    const { start } = await bundles();
    const dataDir = join(temporaryFolder(), 'data');
    const { url } = await start(dataDir);
    const record = join(dataDir, 'models', 'served.json');
    await rm(record);
    await mkdir(join(record, 'in-its-place'), { recursive: true });
    expect(await swap(url, 'wide')).toMatchObject({
      status: 200,
      body: { outcome: 'swapped', model: 'wide@1' },
    });
    expect(await modelOf(url)).toBe('wide@1');
  });

  test('refuses what is outside of the folder of bundles, a bundle before the first, and says what is no request', async () => {
    const { folder, start } = await bundles();
    const { url } = await start();
    expect(await swap(url, '/etc')).toMatchObject({ status: 403, body: { code: 'bundle_not_allowed' } });
    expect(await swap(url, '..')).toMatchObject({ status: 403, body: { code: 'bundle_not_allowed' } });
    expect(await swap(url, 'nowhere')).toMatchObject({ status: 422, body: { code: 'bundle_unreadable' } });
    expect(await rollBack(url)).toMatchObject({ status: 409, body: { code: 'no_previous_bundle' } });
    expect(await call(url, 'POST', '/v1/model', {})).toMatchObject({
      status: 400,
      body: { code: 'invalid_field' },
    });
    expect(await swap(url, join(folder, 'narrow'))).toMatchObject({
      status: 200,
      body: { outcome: 'unchanged' },
    });
  });

  test('refuses a bundle that ranks recent clicks worse, and takes it when forced', async () => {
    const { folder, start } = await bundles();
    // Items along a circle: who clicks one item clicks its neighbour next, which these vectors know and random ones do not.
    const circle = new Float32Array(BUNDLE_ITEMS * 4);
    for (let i = 0; i < BUNDLE_ITEMS; i++) {
      circle[i * 4] = Math.cos((2 * Math.PI * i) / BUNDLE_ITEMS);
      circle[i * 4 + 1] = Math.sin((2 * Math.PI * i) / BUNDLE_ITEMS);
    }
    await writeTinyBundle({ folder: join(folder, 'narrow'), name: 'circle', width: 4, vectors: circle });
    const { url } = await start();
    for (let user = 0; user < 30; user++) {
      const events = Array.from({ length: 60 }, (_, i) => ({
        user: `user-${user}`,
        id: `${user}-${i}`,
        e: 'view_item',
        item: `item-${(user * 13 + i) % BUNDLE_ITEMS}`,
      }));
      await call(url, 'POST', '/v1/events', events);
    }
    const refused = await swap(url, 'wide');
    expect(refused).toMatchObject({
      status: 409,
      body: { code: 'bundle_worse', comparison: { verdict: 'worse' } },
    });
    const { current, candidate } = refused.body['comparison'] as Record<string, Record<string, number>>;
    expect(current['mrr@20']).toBeGreaterThan(candidate['mrr@20']);
    const { change } = refused.body['comparison'] as {
      change: Record<string, { points: number; within: number }>;
    };
    expect(change['mrr@20'].points).toBeCloseTo(candidate['mrr@20'] - current['mrr@20'], 1);
    expect(change['mrr@20'].points + change['mrr@20'].within).toBeLessThan(0);
    expect(await modelOf(url)).toBe('circle@1');
    expect(await swap(url, 'wide', true)).toMatchObject({
      status: 200,
      body: { model: 'wide@1', comparison: { verdict: 'worse' } },
    });
  });
});

describe('after a restart', { timeout: 120_000 }, () => {
  test('the last swap serves on, until the option names another folder', async () => {
    const { folder, start } = await bundles();
    const dataDir = join(temporaryFolder(), 'data');
    const first = await start(dataDir);
    await clickThrough(first.url, 'ann', 30);
    expect(await swap(first.url, 'wide')).toMatchObject({ status: 200 });
    await first.stop();
    const second = await start(dataDir);
    expect((await call(second.url, 'GET', '/v1/model')).body).toMatchObject({
      model: 'wide@1',
      previous: 'narrow@1',
    });
    expect(await rollBack(second.url)).toMatchObject({ body: { model: 'narrow@1' } });
    await second.stop();
    await cp(join(folder, 'wide'), join(folder, 'copy'), { recursive: true });
    const third = await start(dataDir, ['--bundle', join(folder, 'copy')]);
    expect(await modelOf(third.url)).toBe('wide@1');
    await third.stop();
  });
});

describe('a watched folder', { timeout: 120_000 }, () => {
  test('a bundle written onto the one that serves is taken by itself', async () => {
    const { folder, start } = await bundles();
    const { url } = await start();
    const client = await WsClient.hello(url, { user: 'ann' });
    await writeTinyBundle({ folder: join(folder, 'narrow'), name: 'fresh', width: 6, seed: 2 });
    await serving(url, 'fresh@2');
    await client.next('recs', ({ model }) => model === 'fresh@2');
    expect(await rollBack(url)).toMatchObject({ body: { model: 'narrow@1' } });
  });
});
