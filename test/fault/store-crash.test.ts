import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openLmdbStore } from '../../shards/store/lmdb-store.js';
import { buildChild } from '../support/store-child.js';
import { temporaryFolder } from '../support/store-kinds.js';
import { restoreTally } from '../support/store-tally.js';

const ROUNDS = 6;
let program: string;

beforeAll(() => {
  program = buildChild('store-writer');
});
afterAll(() => rmSync(program));

/** Opens what the dead writer left, checks that it agrees with itself, and returns the end of its journal. */
async function inspect(folder: string): Promise<number> {
  const store = await openLmdbStore({ folder });
  restoreTally(store);
  const { journalEnd } = store;
  await store.close();
  return journalEnd;
}

/** Kills the writing process after so many acknowledgements; returns the last position it vouched for. */
async function writeAndKill(folder: string, round: number): Promise<number> {
  const child = spawn(process.execPath, [program, folder, String(round + 1)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = once(child, 'exit');
  let acknowledged = -1;
  let left = 1 + ((round * 37) % 150);
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged = Number(line);
    if (--left === 0) child.kill('SIGKILL');
  }
  expect(await exit).toEqual([null, 'SIGKILL']);
  return acknowledged;
}

test('[D1] a killed process loses nothing that it acknowledged, and journal, sessions and states agree', async () => {
  const folder = temporaryFolder();
  for (let round = 0; round < ROUNDS; round++) {
    const acknowledged = await writeAndKill(folder, round);
    expect(await inspect(folder)).toBeGreaterThanOrEqual(acknowledged);
  }
}, 60_000);

/** Lets a worker write, and ends it without a word; returns the last position it vouched for. */
async function writeAndTerminate(folder: string, round: number): Promise<number> {
  const worker = new Worker(program, { workerData: [folder, round + 1] });
  let acknowledged = -1;
  let left = 1 + ((round * 37) % 150);
  worker.on('message', (position: number) => {
    acknowledged = position;
    if (--left === 0) void worker.terminate();
  });
  await once(worker, 'exit');
  return acknowledged;
}

test('[D1] a terminated shard thread loses nothing either, and its store opens again in the same process', async () => {
  const folder = temporaryFolder();
  for (let round = 0; round < ROUNDS; round++) {
    const acknowledged = await writeAndTerminate(folder, round);
    expect(await inspect(folder)).toBeGreaterThanOrEqual(acknowledged);
  }
}, 60_000);
