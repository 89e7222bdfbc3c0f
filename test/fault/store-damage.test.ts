import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { StartupError } from '../../metrics/process/startup-error.js';
import { LmdbEnvironment } from '../../shards/store/lmdb/commits/lmdb-environment.js';
import { openLmdbStore, STORE_SCHEMA } from '../../shards/store/lmdb/lmdb-store.js';
import { nameKey } from '../../shards/store/keys.js';
import { temporaryFolder } from '../support/store/store-kinds.js';

async function writtenFolder(): Promise<string> {
  const folder = temporaryFolder();
  const store = await openLmdbStore({ folder });
  await store.commit({
    users: Array.from({ length: 50 }, (_, i) => ({ userId: `u${i}`, bytes: Buffer.alloc(3_000) })),
  });
  await store.close();
  return folder;
}

async function errorOf(folder: string): Promise<StartupError> {
  const error: unknown = await openLmdbStore({ folder }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(StartupError);
  return error as StartupError;
}

test.each([1, 100, 4_096, 5_000, 8_192, 12_288, 100_000])(
  'a store cut off after %i bytes is refused, not a crash',
  async (bytes) => {
    const folder = await writtenFolder();
    truncateSync(join(folder, 'data.mdb'), bytes);
    const error = await errorOf(folder);
    expect(error.code).toBe('store_unreadable');
    expect(error.message).toContain(folder);
    expect(error.message).toContain(`has ${bytes} bytes of at least`);
  },
);

test('a file that is no store is refused and stays as it is', async () => {
  const folder = temporaryFolder();
  const bytes = Buffer.alloc(100_000, 'not a store');
  writeFileSync(join(folder, 'data.mdb'), bytes);
  expect((await errorOf(folder)).code).toBe('store_unreadable');
  expect(readFileSync(join(folder, 'data.mdb')).equals(bytes)).toBe(true);
});

test('a path that cannot be a folder is refused and named', async () => {
  const file = join(temporaryFolder(), 'file');
  writeFileSync(file, '');
  const error = await errorOf(join(file, 'shard-0'));
  expect(error.code).toBe('data_folder_unreadable');
  expect(error.message).toContain(join(file, 'shard-0'));
  expect(error.message).toContain('a part of its path is a file and no folder');
});

test('a store of a newer schema is refused, and opens again where it is known', async () => {
  const folder = await writtenFolder();
  const setSchema = async (schema: number) => {
    const environment = await LmdbEnvironment.open({ folder }, { onDurable: () => undefined });
    const meta = environment.table('meta');
    const value = Buffer.alloc(4);
    value.writeUInt32LE(schema, 0);
    await environment.commit(1, () => meta.put(nameKey('schema'), value));
    await environment.close();
  };
  await setSchema(STORE_SCHEMA + 1);
  const error = await errorOf(folder);
  expect(error.code).toBe('store_schema_newer');
  expect(error.message).toContain(folder);
  expect(error.message).toContain(`schema ${STORE_SCHEMA + 1}`);
  await setSchema(STORE_SCHEMA);
  const store = await openLmdbStore({ folder });
  expect(store.user('u7')?.length).toBe(3_000);
  await store.close();
});
