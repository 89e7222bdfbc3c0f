import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openLmdbStore } from '../../../../../shards/store/lmdb/lmdb-store.js';
import { temporaryFolder } from '../../../../support/store/store-kinds.js';

const BATCH = { journal: { count: 1, bytes: Buffer.from('x') } };

test('what a power cut left of a store that was being made is thrown away, and the store is made', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'new'));
  writeFileSync(join(folder, 'new', 'data.mdb'), Buffer.alloc(8_192));
  writeFileSync(join(folder, 'data.mdb'), '');
  const store = await openLmdbStore({ folder });
  await store.commit(BATCH);
  await store.close();
  expect(readdirSync(folder).sort()).toEqual(['data.mdb', 'journal', 'lock.mdb']);
});

test('a store that is there is opened as it is', async () => {
  const folder = temporaryFolder();
  const first = await openLmdbStore({ folder });
  await first.commit(BATCH);
  await first.close();
  mkdirSync(join(folder, 'new'));
  const again = await openLmdbStore({ folder });
  expect(again.journal.end).toBe(1);
  await again.close();
  expect(existsSync(join(folder, 'new'))).toBe(false);
});
