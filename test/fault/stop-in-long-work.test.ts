import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { openLmdbStore } from '../../shards/store/lmdb/lmdb-store.js';
import { shardFolder, snapshotsFolder } from '../../shards/store/data-folder.js';
import { startGateway, temporaryFolder, type BuiltGateway } from '../support/gateway/built-gateway.js';
import { callJson } from '../support/gateway/http-json.js';

/** What a stop may take. */
const STOP_MS = 10_000;
/** Blobs that make a store too large for a copy that a stop waits for. */
const BLOBS = 100;
const BLOB_BYTES = 2 ** 20;

async function start(
  dataDir: string,
  shards: number,
  env: Record<string, string> = {},
): Promise<BuiltGateway> {
  const gateway = await startGateway({
    env: {
      AFTERCLICK_DATA_DIR: dataDir,
      AFTERCLICK_SHARDS: `${shards}`,
      AFTERCLICK_BUNDLE: 'none',
      AFTERCLICK_ITEMS_MAX: '1000',
      AFTERCLICK_LOG_LEVEL: 'silent',
      ...env,
    },
  });
  onTestFinished(() => gateway.kill());
  return gateway;
}

/** A data folder of one shard whose store is large. */
async function largeFolder(): Promise<string> {
  const dataDir = temporaryFolder();
  const gateway = await start(dataDir, 1);
  const event = { user: 'ann', id: 'e-1', e: 'search', query: 'lamp' };
  expect((await callJson(gateway.url, 'POST', '/v1/events', event)).status).toBe(200);
  expect(await gateway.stop()).toBe(0);
  const store = await openLmdbStore({ folder: shardFolder(dataDir, 0) });
  const bytes = Buffer.alloc(BLOB_BYTES, 7);
  for (let i = 0; i < BLOBS; i++) await store.commit({ blobs: [{ key: `large/${i}`, bytes }] });
  await store.close();
  return dataDir;
}

/** Process ids of the children of a process. */
function childrenOf(pid: number): number[] {
  const lines = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  return lines
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([id, parent]) => (parent === pid ? [id] : []));
}

test('a snapshot of a large store, however long it takes, does not hold up a stop, and leaves nothing that counts', async () => {
  const dataDir = await largeFolder();
  const gateway = await start(dataDir, 1);
  const pid = gateway.process.pid!;
  const before = readdirSync(snapshotsFolder(dataDir)).sort();
  const asked = callJson(gateway.url, 'POST', '/v1/snapshots', {}).catch(() => undefined);
  // The copy is on its way, and never ends by itself.
  let copying: number[] = [];
  while (copying.length === 0) {
    copying = childrenOf(pid);
    await new Promise((resolve) => setImmediate(resolve));
  }
  for (const child of copying) process.kill(child, 'SIGSTOP');
  const fromMs = performance.now();
  gateway.process.kill('SIGTERM');
  expect(await once(gateway.process, 'exit')).toEqual([0, null]);
  expect(performance.now() - fromMs).toBeLessThan(STOP_MS);
  expect((await asked)?.status ?? 503).toBe(503);
  for (const child of copying) expect(() => process.kill(child, 0)).toThrow('ESRCH');
  const again = await start(dataDir, 1);
  expect(
    readdirSync(snapshotsFolder(dataDir))
      .filter((name) => !name.startsWith('.'))
      .sort(),
  ).toEqual(before);
  const { status } = await callJson(again.url, 'POST', '/v1/snapshots', {});
  expect(status).toBe(201);
  expect(await again.stop()).toBe(0);
}, 120_000);

test('the last snapshot is given up in time, also where one is made of stores of any size', async () => {
  const dataDir = await largeFolder();
  const gateway = await start(dataDir, 1, { AFTERCLICK_SNAPSHOT_AT_END: 'on', AFTERCLICK_LOG_LEVEL: 'warn' });
  const pid = gateway.process.pid!;
  let said = '';
  gateway.process.stderr?.on('data', (text: Buffer) => (said += text.toString()));
  const before = readdirSync(snapshotsFolder(dataDir)).sort();
  const ended = once(gateway.process, 'exit');
  const fromMs = performance.now();
  gateway.process.kill('SIGTERM');
  // The copy is on its way, and never ends by itself.
  let copying: number[] = [];
  while (copying.length === 0 && gateway.process.exitCode === null) {
    copying = childrenOf(pid);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(copying).toHaveLength(1);
  for (const child of copying) process.kill(child, 'SIGSTOP');
  expect(await ended).toEqual([0, null]);
  expect(performance.now() - fromMs).toBeLessThan(STOP_MS);
  expect(said).toContain('the snapshot at the end is given up');
  const names = readdirSync(snapshotsFolder(dataDir)).filter((name) => !name.startsWith('.'));
  expect(names.sort()).toEqual(before);
}, 120_000);
