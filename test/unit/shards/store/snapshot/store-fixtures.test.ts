import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readLmdbStore } from '../../../../../shards/store/lmdb/lmdb-store.js';
import { verifyStore } from '../../../../../shards/upkeep/verify-store.js';
import { openMemoryStore } from '../../../../../shards/store/memory/memory-store.js';
import { restoreSnapshot } from '../../../../../shards/store/snapshot/snapshot.js';
import { SNAPSHOT_SCHEMA } from '../../../../../shards/store/snapshot/snapshot-manifest.js';
import { fillFixture, fixtureContent } from '../../../../support/store/store-fixture.js';
import { STORE_KINDS, openForTest, temporaryFolder } from '../../../../support/store/store-kinds.js';

const FIXTURES = fileURLToPath(new URL('../../../../fixtures/store/', import.meta.url));
const LMDB = STORE_KINDS.find((kind) => kind.isOnDisk)!;
const names = readdirSync(FIXTURES);

/** Of a schema of snapshots that was written with several of stores, the last one too. */
const MORE = ['snapshot-1-store-4'];

test('there is a golden snapshot of every schema', () => {
  const ofSchemas = Array.from({ length: SNAPSHOT_SCHEMA }, (_, i) => `snapshot-${i + 1}`);
  expect(names.sort()).toEqual([...ofSchemas, ...MORE].sort());
});

test.each(names)('%s is restored, read and written on', async (name) => {
  const expected = openMemoryStore();
  await fillFixture(expected);
  const folder = join(temporaryFolder(), 'shard-0');
  const manifest = await restoreSnapshot(join(FIXTURES, name), folder);
  expect(manifest).toMatchObject({ users: 2, sessions: 3, journalEnd: 5, checkpoint: 2, model: 'fixture' });
  const store = await openForTest(LMDB, folder);
  expect(fixtureContent(store)).toEqual(fixtureContent(expected));
  for (const each of [store, expected])
    await each.commit({ journal: { count: 1, bytes: Buffer.from('on') }, checkpoint: 6 });
  expect(fixtureContent(store)).toEqual(fixtureContent(expected));
  await store.close();
  // What was written on is in files; what came before stays where it was.
  expect(await verifyStore(folder, false)).toMatchObject({ journal: { start: 0, end: 6, checkpoint: 6 } });
  const again = await readLmdbStore(folder);
  expect(fixtureContent(again)).toEqual(fixtureContent(expected));
  await again.close();
});
