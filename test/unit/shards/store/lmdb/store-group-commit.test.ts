import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openLmdbStore } from '../../../../../shards/store/lmdb/lmdb-store.js';
import type { ShardStore } from '../../../../../shards/store/store.js';
import { openForTest, temporaryFolder } from '../../../../support/store/store-kinds.js';

/** Number of the newest transaction: LMDB writes it, with a sync before and after, into its two root pages by turns. */
function transactionsOf(folder: string): number {
  const file = readFileSync(join(folder, 'data.mdb'));
  return Math.max(...[0, 4096].map((page) => Number(file.readBigUInt64LE(page + 152))));
}

async function opened(): Promise<{ store: ShardStore; transactions: () => number }> {
  const folder = temporaryFolder();
  const store = await openForTest(
    { name: 'lmdb', isOnDisk: true, open: (path) => openLmdbStore({ folder: path }) },
    folder,
  );
  let seen = transactionsOf(folder);
  /** Since the last call. */
  const transactions = () => {
    const before = seen;
    seen = transactionsOf(folder);
    return seen - before;
  };
  return { store, transactions };
}

/** So many commits of one turn of the event loop, each of about `bytes`. */
function burst(store: ShardStore, commits: number, bytes = 100): Promise<unknown> {
  return Promise.all(
    Array.from({ length: commits }, (_, seq) =>
      store.commit({
        journal: { count: 1, bytes: Buffer.alloc(bytes, seq) },
        sessions: [{ userId: 'u', sessionId: 's', seq, atMs: 0 }],
      }),
    ),
  );
}

test('commits of one turn of the event loop share one transaction and its sync', async () => {
  const { store, transactions } = await opened();
  await burst(store, 10);
  expect(transactions()).toBe(1);
  await burst(store, 1);
  expect(transactions()).toBe(1);
});

test('go on sharing it however often: room in the file that was not needed is there for the next ones', async () => {
  const { store, transactions } = await opened();
  for (let turn = 0; turn < 50; turn++) await burst(store, 10);
  // Now and then the file grows, and some of a turn wait for that.
  expect(transactions()).toBeLessThanOrEqual(52);
});

test('more than the file has room for need a second one, once', async () => {
  const { store, transactions } = await opened();
  await burst(store, 100);
  expect(transactions()).toBe(2);
  await burst(store, 100);
  expect(transactions()).toBe(1);
});

test('turns that make the file grow share it too, but for those that wait for the file', async () => {
  const { store, transactions } = await opened();
  for (let turn = 0; turn < 60; turn++) await burst(store, 10, 5_000);
  expect(transactions()).toBeLessThanOrEqual(65);
});

test('a store that grows all the time has a transaction for each of its commits, and no more', async () => {
  const { store, transactions } = await opened();
  for (let turn = 0; turn < 60; turn++) await burst(store, 1, 200_000);
  expect(transactions()).toBe(60);
});
