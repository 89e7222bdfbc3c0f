import { expect, test, vi } from 'vitest';
import { eraseUser } from '../../../../shards/retention/erase-user.js';
import { rowsOfEntries } from '../../../../shards/store/entries/entry-rows.js';
import { decodeRecord, encodeRecord } from '../../../../shards/store/journal-record.js';
import { aClick } from '../../../support/shards/shard-calls.js';
import { ShardHarness } from '../../../support/shards/shard-harness.js';

const ANN = { user: 'ann', channel: 1, session: 11 };

async function shopping(): Promise<ShardHarness> {
  const shard = await ShardHarness.make();
  await shard.open(ANN);
  for (let seq = 1; seq <= 3; seq++) await shard.tick(aClick({ by: ANN, seq, on: [seq] }));
  await shard.checkpoint();
  return shard;
}

test('no row goes before it is on the disk that the key has gone: a power cut in between leaves all or nothing', async () => {
  const shard = await shopping();
  let isGone = (): void => undefined;
  vi.spyOn(shard.store, 'erase').mockImplementation(() => new Promise((resolve) => (isGone = resolve)));
  const erased = eraseUser(shard.built, 'ann');
  await shard.settle();
  expect(shard.store.user('ann')).toBeDefined();
  expect(shard.store.sessionSeq('ann', 'ann')).toBe(3);
  isGone();
  await erased;
  expect(shard.store.user('ann')).toBeUndefined();
  expect(shard.store.sessionSeq('ann', 'ann')).toBeUndefined();
});

test('erased twice, or never there, it comes to the same', async () => {
  const shard = await shopping();
  for (let i = 0; i < 2; i++) await eraseUser(shard.built, 'ann');
  await eraseUser(shard.built, 'nobody');
  expect([...shard.store.users()]).toEqual([]);
  const again = await ShardHarness.recovered({ store: shard.store, clock: shard.clock });
  expect(await again.open(ANN)).toBe(0);
});

test('a record that says that somebody was erased makes whose they were go as well, when a crash has cost the rows', () => {
  const entry = { entry: 'removed', user: 'ann' } as const;
  const erased = { ...entry, isErased: true } as const;
  expect(decodeRecord(encodeRecord([erased, entry], 5))).toEqual([erased, entry]);
  const { users, aliases, blobs } = rowsOfEntries([erased], 5);
  expect(users).toEqual([{ userId: 'ann', bytes: undefined }]);
  expect(aliases).toEqual([{ userId: 'ann', to: undefined }]);
  expect(blobs).toEqual([{ key: 'merge/ann', bytes: undefined }]);
  expect(rowsOfEntries([entry], 5).aliases).toEqual([]);
});
