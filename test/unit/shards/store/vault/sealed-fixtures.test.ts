import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { decodeRecord } from '../../../../../shards/store/journal-record.js';
import { openMemoryStore } from '../../../../../shards/store/memory/memory-store.js';
import { restoreSnapshot } from '../../../../../shards/store/snapshot/snapshot.js';
import { readRing } from '../../../../../shards/store/vault/keys/key-ring.js';
import { openRecord } from '../../../../../shards/store/vault/sealed-record.js';
import { openBytes } from '../../../../../shards/store/vault/keys/user-cipher.js';
import { UserKeys } from '../../../../../shards/store/vault/keys/user-keys.js';
import {
  FIXTURE_MASTER_KEY,
  fillSealed,
  fixtureRing,
  openWithRing,
  SEALED,
  SEALED_ENTRIES,
  SEALED_FIXTURES,
} from '../../../../support/store/sealed-fixture.js';
import { contentOf, openForTest, temporaryFolder } from '../../../../support/store/store-kinds.js';

const NAMES = {
  users: [SEALED.kept, SEALED.guest, SEALED.gone],
  sessions: ['a-session-of-hers'],
  eventIds: ['order-1'],
  blobs: ['page/1', `merge/${SEALED.guest}`],
};
const ERASED = { entry: 'erased' };

function goldenKeys(): UserKeys {
  return UserKeys.read(fixtureRing(), 'shard-0');
}

function golden(name: string): Buffer {
  return readFileSync(join(SEALED_FIXTURES, name));
}

test('the golden ring opens with its master key alone, and its keys are those that were wrapped then', () => {
  const keys = goldenKeys();
  expect(keys.ringId).toBe('180ca15d-6030-42c4-90d6-28f3e89b4202');
  const { key, nameKey } = keys.known(SEALED.kept)!;
  expect(key.export().toString('hex')).toBe(
    '2906ac3b315fe3dd685d59509c6b06bfb8bb5ee1deb5cb2f3ab071789bd07e28',
  );
  expect(nameKey.export().toString('hex')).toBe(
    '2ba7df27dc48e377e27290836dfb8f3cfbdc92aba26b1fa97d2368cbb53b1d48',
  );
  expect(keys.known(SEALED.gone)).toBeUndefined();
  const other = Buffer.from(FIXTURE_MASTER_KEY).fill(0, 0, 1);
  expect(() => readRing(join(SEALED_FIXTURES, 'keys'), other)).toThrow('does not fit');
});

test('the golden record and state are read; of whoever is gone nothing is', () => {
  const keys = goldenKeys();
  const [kept, , ...others] = SEALED_ENTRIES;
  expect(openRecord(golden('journal-record-3.bin'), keys)).toEqual({
    entries: [kept, ERASED, ...others],
    atMs: SEALED.atMs,
  });
  const { key } = keys.known(SEALED.kept)!;
  expect(openBytes(key, golden('state.bin'))).toEqual(SEALED.state);
});

test('the golden snapshot is restored, read and written on', async () => {
  const expected = openMemoryStore();
  await fillSealed(expected);
  await expected.commit({
    users: [{ userId: SEALED.gone, bytes: undefined }],
    aliases: [{ userId: SEALED.gone, to: undefined }],
  });
  const folder = join(temporaryFolder(), 'shard-0');
  await restoreSnapshot(join(SEALED_FIXTURES, 'snapshot-2'), folder);
  const ring = fixtureRing();
  const store = await openForTest(
    { name: 'golden', isOnDisk: true, open: () => openWithRing(ring, folder) },
    folder,
  );
  const { journal: _, allEventIds: _ids, eventIds: _known, ...read } = contentOf(store, NAMES);
  expect(contentOf(expected, NAMES)).toMatchObject(read);
  expect([...store.eventIds()].map(({ userId }) => userId).sort()).toEqual(
    [SEALED.guest, SEALED.kept].sort(),
  );
  expect([...store.setAside()].map(({ names }) => names[0]).sort()).toEqual(
    [SEALED.guest, SEALED.kept].sort(),
  );
  const [record] = store.journal.from(0);
  expect(decodeRecord(record.bytes)[1]).toEqual(ERASED);
  await store.commit({ users: [{ userId: SEALED.kept, bytes: Buffer.from('on') }] });
  expect(Buffer.from(store.user(SEALED.kept)!).toString()).toBe('on');
});
