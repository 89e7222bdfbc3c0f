import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openLmdbStore } from '../../shards/store/lmdb/lmdb-store.js';
import { buildChild } from '../support/store/store-child.js';
import { temporaryFolder } from '../support/store/store-kinds.js';
import { restoreTally } from '../support/store/store-tally.js';

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
  const journalEnd = store.journal.end;
  await store.close();
  return journalEnd;
}

/** Kills the writing process after so many acknowledgements; returns the last position it vouched for. */
async function writeAndKill(folder: string, round: number): Promise<number> {
  const child = spawn(process.execPath, [program, folder, String(round + 1)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
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

/** Lets a worker write until it throws with commits in flight; returns the last position it vouched for. */
async function writeAndThrow(folder: string, round: number): Promise<number> {
  const worker = new Worker(program, { workerData: [folder, round + 1, (round * 37) % 150] });
  let acknowledged = -1;
  let failure: Error | undefined;
  worker.on('message', (position: number) => (acknowledged = position));
  worker.on('error', (error) => (failure = error));
  await once(worker, 'exit').catch(() => undefined);
  expect(failure?.message).toBe('an invariant is broken');
  return acknowledged;
}

test('[D1] a shard thread that throws loses nothing either, and its store opens again in the same process', async () => {
  const folder = temporaryFolder();
  for (let round = 0; round < ROUNDS; round++) {
    const acknowledged = await writeAndThrow(folder, round);
    expect(await inspect(folder)).toBeGreaterThanOrEqual(acknowledged);
  }
}, 60_000);

test('[D1] who opened a store earlier can no longer write to it, and leaves no trace of trying', async () => {
  const folder = temporaryFolder();
  const batch = (text: string) => ({ journal: { count: 1, bytes: Buffer.from(text) } });
  const old = await openLmdbStore({ folder });
  await old.commit(batch('first'));
  const owner = await openLmdbStore({ folder });
  const refused = await Promise.allSettled([old.commit(batch('late')), old.commit({ checkpoint: 1 })]);
  for (const outcome of refused)
    expect(String((outcome as PromiseRejectedResult).reason)).toContain('owns it now');
  await owner.commit(batch('second'));
  expect([...owner.journal.from(0)].map(({ bytes }) => Buffer.from(bytes).toString())).toEqual([
    'first',
    'second',
  ]);
  expect(owner.checkpoint).toBe(0);
  await expect(old.commit(batch('later'))).rejects.toThrow('owns it now');
  await old.close();
  await owner.close();
});
