import { expect, onTestFinished, test } from 'vitest';
import { builtFile } from '../support/built.js';
import { temporaryFolder } from '../support/gateway/built-gateway.js';
import { WsClient } from '../support/gateway/ws-client.js';
import { SmallDisk } from '../support/store/small-disk.js';

/** A built gateway whose data folder is on a disk of its own. */
function startOn(mebibytes: number, env: (folder: string) => NodeJS.ProcessEnv = () => ({})): SmallDisk {
  const folder = temporaryFolder();
  const disk = new SmallDisk(folder, mebibytes, [builtFile('gateway/main.js')], {
    ...process.env,
    AFTERCLICK_BUILT: '',
    AFTERCLICK_PORT: '0',
    AFTERCLICK_DATA_DIR: `${folder}/data`,
    AFTERCLICK_BUNDLE: 'none',
    AFTERCLICK_ITEMS_MAX: '4096',
    AFTERCLICK_SHARDS: '2',
    AFTERCLICK_DRAIN_GRACE_MS: '0',
    ...env(folder),
  });
  onTestFinished(() => void disk.process.kill('SIGKILL'));
  return disk;
}

class Shop {
  readonly #url: string;
  #id = 0;

  constructor(url: string) {
    this.#url = url;
  }

  async call(
    method: string,
    path: string,
    body?: string,
  ): Promise<{ status: number; code?: string; detail?: string; again: string | null }> {
    const headers = { 'content-type': path === '/v1/items' ? 'application/x-ndjson' : 'application/json' };
    const reply = await fetch(this.#url + path, {
      method,
      ...(method !== 'GET' && { headers, body: body ?? '{}' }),
    });
    const text = await reply.text();
    const { code, detail } = (text === '' ? {} : JSON.parse(text)) as { code?: string; detail?: string };
    return {
      status: reply.status,
      again: reply.headers.get('retry-after'),
      ...(code && { code }),
      ...(detail && { detail }),
    };
  }

  put() {
    const items = Array.from({ length: 20 }, (_, i) =>
      JSON.stringify({ id: `i${i}`, title: `item ${this.#id++}` }),
    );
    return this.call('PUT', '/v1/items', items.join('\n'));
  }

  /** `isNew`: of users of whom nothing was written before. */
  click(isNew = false) {
    const events = Array.from({ length: 20 }, (_, i) => ({
      user: isNew ? `new${this.#id}` : `u${i}`,
      id: `e${this.#id++}`,
      e: 'select_item',
      item: 'i3',
    }));
    return this.call('POST', '/v1/events', JSON.stringify(events));
  }

  /** Asks again until the answer has this status. */
  async until(status: number, ask: () => ReturnType<Shop['call']>) {
    const answer = { last: await ask() };
    await expect.poll(async () => (answer.last = await ask()).status, { timeout: 20_000 }).toBe(status);
    return answer.last;
  }
}

test('[D1] while the disk is full, writes are refused with 503 and readyz says why; then all goes on without a restart', async () => {
  const disk = startOn(96);
  const ready = await disk.line((line) => line.includes('"event":"ready"'));
  const { url } = JSON.parse(ready) as { url: string };
  const shop = new Shop(url);
  const shopper = await WsClient.hello(url);
  let seq = 0;
  const search = (): void => shopper.send({ t: 'event', seq, e: 'search', query: 'lamp' });
  expect((await shop.put()).status).toBe(200);
  expect((await shop.click()).status).toBe(200);
  for (let round = 0; round < 2; round++) {
    disk.fill();
    const refusals = [await shop.until(503, () => shop.put()), await shop.until(503, () => shop.click())];
    refusals.push(
      await shop.call('PATCH', '/v1/items/i3', '{"stock":0}'),
      await shop.call('DELETE', '/v1/items/i4'),
    );
    refusals.push(await shop.call('POST', '/v1/model', '{"bundle":"none"}'));
    refusals.push(await shop.call('POST', '/v1/snapshots'), await shop.call('GET', '/readyz'));
    // A shopper on a socket gets a list or `overloaded`, and an ack only for what the journal had room for; they keep the event.
    seq++;
    search();
    await Promise.race([
      shopper.next('recs', ({ cause }) => cause >= seq),
      shopper.next('error', (error) => error.seq === seq && error.code === 'overloaded'),
    ]);
    for (const refusal of refusals) {
      expect(refusal).toMatchObject({ status: 503, code: 'disk_full', again: '5' });
      expect(refusal.detail).toMatch(/the disk of .*\/data.* is full: .* MiB are free/);
    }
    expect((await shop.call('GET', '/v1/items/i3')).status).toBe(200);
    disk.free();
    expect((await shop.until(200, () => shop.call('GET', '/readyz'))).code).toBeUndefined();
    search();
    await shopper.next('ack', (ack) => ack.seq >= seq);
    expect((await shop.put()).status).toBe(200);
    expect((await shop.click()).status).toBe(200);
    expect((await shop.call('PATCH', '/v1/items/i3', '{"stock":5}')).status).toBe(200);
    expect((await shop.call('POST', '/v1/snapshots')).status).toBe(201);
  }
  // A stop while it is full ends in order too.
  disk.fill();
  await shop.until(503, () => shop.put());
  const endingMs = performance.now();
  disk.process.kill('SIGTERM');
  expect(await disk.ended).toEqual([0, null]);
  expect(performance.now() - endingMs).toBeLessThan(10_000);
  expect(await shopper.closed()).toBe(1001);
  const stderr = await disk.stderr;
  expect(stderr).toContain('the disk takes nothing');
  expect(stderr).toContain('the disk takes what is written again');
  expect(stderr).not.toContain('shard crashed');
}, 120_000);

test('a start on a full disk says so, and advises no restore', async () => {
  const disk = startOn(12);
  expect(await disk.ended).toEqual([2, null]);
  const stderr = await disk.stderr;
  expect(stderr).toMatch(
    /cannot start \(disk_full\):\n- the disk is full: 1[12]\.\d MiB are free on the disk of .*\/data, and 16 MiB/,
  );
  expect(stderr).toContain('Nothing is damaged: free some space there and start again');
  expect(stderr).not.toContain('estore');
});

test('[D1] with a master key, users who come while the disk is full wait for their keys, and nothing ends', async () => {
  const disk = startOn(96, (folder) => ({ AFTERCLICK_MASTER_KEY_FILE: `${folder}/master.key` }));
  const ready = await disk.line((line) => line.includes('"event":"ready"'));
  const shop = new Shop((JSON.parse(ready) as { url: string }).url);
  expect((await shop.put()).status).toBe(200);
  expect((await shop.click(true)).status).toBe(200);
  for (let round = 0; round < 2; round++) {
    disk.fill();
    expect((await shop.until(503, () => shop.click(true))).code).toBe('disk_full');
    disk.free();
    await shop.until(200, () => shop.click(true));
  }
  disk.process.kill('SIGTERM');
  expect(await disk.ended).toEqual([0, null]);
  expect(await disk.stderr).not.toMatch(/shard crashed|restarted/);
});
