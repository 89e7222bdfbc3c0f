import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openLmdbStore } from '../../../../../shards/store/lmdb/lmdb-store.js';
import { openForTest, temporaryFolder } from '../../../../support/store/store-kinds.js';

/** Number of the newest transaction: LMDB writes it, with a sync before and after, into its two root pages by turns. */
function transactionsOf(folder: string): number {
  const file = readFileSync(join(folder, 'data.mdb'));
  return Math.max(...[0, 4096].map((page) => Number(file.readBigUInt64LE(page + 152))));
}

test('commits of one turn of the event loop share one transaction and its sync', async () => {
  const folder = temporaryFolder();
  const store = await openForTest(
    { name: 'lmdb', isOnDisk: true, open: (path) => openLmdbStore({ folder: path }) },
    folder,
  );
  const before = transactionsOf(folder);
  const commits = Array.from({ length: 10 }, (_, i) =>
    store.commit({
      journal: { count: 1, bytes: Buffer.from(`${i}`) },
      sessions: [{ userId: 'u', sessionId: 's', seq: i, atMs: 0 }],
    }),
  );
  await Promise.all(commits);
  expect(transactionsOf(folder)).toBe(before + 1);
  await store.commit({ journal: { count: 1, bytes: Buffer.from('alone') } });
  expect(transactionsOf(folder)).toBe(before + 2);
});
