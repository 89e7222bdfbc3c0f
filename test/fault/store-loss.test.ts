import { cpSync, readdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { StartupError } from '../../metrics/process/startup-error.js';
import { createDataFolder, WARM_MARKER } from '../../shards/store/data-folder.js';
import { openLmdbCatalogueStore } from '../../shards/store/lmdb/lmdb-catalogue-store.js';
import { journalFolder } from '../../shards/store/journal-file/journal-folder.js';
import { openLmdbStore } from '../../shards/store/lmdb/lmdb-store.js';
import type { checkStores as CheckStores } from '../../shards/store/inspection/check-stores.js';
import { MARKS_FILE, writeMarks, type StoreMarks } from '../../shards/store/store-marks.js';
import { builtFile } from '../support/built.js';
import { temporaryFolder } from '../support/store/store-kinds.js';

// The built one: it looks at the stores in a process of its own.
const { checkStores } = (await import(builtFile('shards/store/inspection/check-stores.js'))) as {
  checkStores: typeof CheckStores;
};

const AT = '2026-01-02T03:04:05.000Z';

async function writeShard(dataDir: string, shard: number, events: number, folder = 'this'): Promise<void> {
  const store = await openLmdbStore({
    folder: join(dataDir, `shard-${shard}`),
    identity: { folder, store: `shard-${shard}` },
  });
  for (let i = 0; i < events; i++) {
    const users = [{ userId: `u${i}`, bytes: Buffer.alloc(3_000, i) }];
    await store.commit({ journal: { count: 1, bytes: Buffer.from(`event ${i}`) }, users });
  }
  await store.close();
}

/** A data folder as a gateway leaves it: two shards with 20 and 30 events, a catalogue with an item. */
async function leftFolder(marks: Partial<StoreMarks> = {}): Promise<string> {
  const dataDir = join(temporaryFolder(), 'data');
  await createDataFolder(dataDir, 2, AT);
  await writeShard(dataDir, 0, 20);
  await writeShard(dataDir, 1, 30);
  const catalogue = await openLmdbCatalogueStore(join(dataDir, 'catalogue'), {
    identity: { folder: 'this', store: 'catalogue' },
  });
  await catalogue.put([{ index: 0, json: '{"id":"i0"}', isDeleted: false }]);
  await catalogue.close();
  writeFileSync(join(dataDir, WARM_MARKER), '');
  const stores = { catalogue: 1, 'shard-0': 20, 'shard-1': 30 };
  await writeMarks(dataDir, { folder: 'this', phase: 'ended', uncleanEnds: 0, at: AT, stores, ...marks });
  return dataDir;
}

async function refusalOf(dataDir: string): Promise<StartupError | undefined> {
  try {
    await checkStores(dataDir, false);
    return undefined;
  } catch (error) {
    expect((error as Error).name).toBe('StartupError');
    return error as StartupError;
  }
}

const data = (dataDir: string, store: string): string => join(dataDir, store, 'data.mdb');

test('a folder that was left in order is taken, and one that a crash left too', async () => {
  const dataDir = await leftFolder();
  expect(await refusalOf(dataDir)).toBeUndefined();
  await writeShard(dataDir, 0, 3);
  expect(await refusalOf(dataDir)).toBeUndefined();
});

test.each<[string, string, (dataDir: string) => unknown]>([
  [
    'shard-1 is missing; it held 30 events at',
    'deleted',
    (dir) => rmSync(join(dir, 'shard-1'), { recursive: true }),
  ],
  ['shard-1 is missing; it held 30 events at', 'without its file', (dir) => rmSync(data(dir, 'shard-1'))],
  ['shard-0 is empty; it held 20 events at', 'emptied', (dir) => truncateSync(data(dir, 'shard-0'), 0)],
  [
    'catalogue is missing; it held 1 items at',
    'a deleted catalogue',
    (dir) => rmSync(join(dir, 'catalogue'), { recursive: true }),
  ],
  [
    'shard-0 belongs to another data folder',
    "another data folder's",
    async (dir) => {
      rmSync(join(dir, 'shard-0'), { recursive: true });
      await writeShard(dir, 0, 40, 'other');
    },
  ],
  [
    'shard-0 is a new one or an old copy',
    'a fresh one',
    async (dir) => {
      rmSync(join(dir, 'shard-0'), { recursive: true });
      await (await openLmdbStore({ folder: join(dir, 'shard-0') })).close();
    },
  ],
  [
    'shard-1 is older than it was: it holds 5; it held 30 events at',
    'an older one',
    async (dir) => {
      rmSync(join(dir, 'shard-1'), { recursive: true });
      await writeShard(dir, 1, 5);
    },
  ],
  [
    'shard-1 has lost its journal, or a part of it: it is missing',
    'without its journal',
    (dir) => rmSync(journalFolder(join(dir, 'shard-1')), { recursive: true }),
  ],
  [
    'shard-0 has lost its journal, or a part of it: it is that of another store',
    "with another shard's journal",
    (dir) => {
      rmSync(journalFolder(join(dir, 'shard-0')), { recursive: true });
      cpSync(journalFolder(join(dir, 'shard-1')), journalFolder(join(dir, 'shard-0')), { recursive: true });
    },
  ],
])('a store that is %s: %s', async (expected, _, damage) => {
  const dataDir = await leftFolder();
  await damage(dataDir);
  const error = await refusalOf(dataDir);
  expect(error?.code).toBe('store_lost');
  expect(error?.message).toContain(expected);
  expect(error?.message).toContain('--accept-store-loss yes');
  expect(error?.message).toContain('there is no whole one in');
  await expect(checkStores(dataDir, true)).resolves.toMatchObject({ folder: 'this' });
  // Nothing of a journal is deleted, and no position is given out twice where the rows are still there.
  const isJournal = expected.includes('lost its journal');
  if (isJournal) expect(error?.message).toContain('put the right one back');
  const shard = /shard-\d/.exec(expected)?.[0];
  if (isJournal && shard !== undefined) {
    const store = await openLmdbStore({ folder: join(dataDir, shard) });
    expect(store.journal.end).toBe(shard === 'shard-0' ? 20 : 30);
    await store.close();
    expect(await refusalOf(dataDir)).toBeUndefined();
  }
});

test('swapped stores are both named', async () => {
  const dataDir = await leftFolder();
  renameSync(join(dataDir, 'shard-0'), join(dataDir, 'x'));
  renameSync(join(dataDir, 'shard-1'), join(dataDir, 'shard-0'));
  renameSync(join(dataDir, 'x'), join(dataDir, 'shard-1'));
  const error = await refusalOf(dataDir);
  expect(error?.message).toContain('shard-0 is that of shard-1');
  expect(error?.message).toContain('shard-1 is that of shard-0');
});

test('a data folder of a version without marks is taken as it is, when no store is missing', async () => {
  const dataDir = await leftFolder();
  rmSync(join(dataDir, MARKS_FILE));
  expect(await refusalOf(dataDir)).toBeUndefined();
  rmSync(join(dataDir, 'shard-1'), { recursive: true });
  expect((await refusalOf(dataDir))?.message).toContain('shard-1 is missing');
});

test('marks that cannot be read are named, with what to do', async () => {
  const dataDir = await leftFolder();
  writeFileSync(join(dataDir, MARKS_FILE), '{"folder":');
  expect(await refusalOf(dataDir)).toMatchObject({ code: 'data_format_unreadable' });
});

test('stores that are cut off or end whoever reads them are named, and the start lives', async () => {
  const dataDir = await leftFolder({ phase: 'starting' });
  const whole = readFileSync(data(dataDir, 'shard-1'));
  truncateSync(data(dataDir, 'shard-0'), 8_192);
  const pages = Buffer.from(whole);
  // Every page but the roots says that it lies somewhere else and has other rows.
  for (let at = 8_192; at < pages.length; at += 4_096) pages.fill(0xee, at, at + 64);
  writeFileSync(data(dataDir, 'shard-1'), pages);
  const error = await refusalOf(dataDir);
  expect(error?.code).toBe('store_unreadable');
  expect(error?.message).toMatch(/shard-0 is damaged: .*has 8192 bytes of at least/);
  expect(error?.message).toMatch(/shard-1 is damaged: /);
  expect(error?.message).not.toContain('catalogue is damaged');
});

test('a copy of a data folder is the same data folder', async () => {
  const dataDir = await leftFolder();
  const copy = join(temporaryFolder(), 'copy');
  cpSync(dataDir, copy, { recursive: true });
  expect(await refusalOf(copy)).toBeUndefined();
});

test('the journal of a store whose tables are lost is kept aside when the loss is accepted', async () => {
  const dataDir = await leftFolder();
  rmSync(data(dataDir, 'shard-1'));
  await checkStores(dataDir, true);
  const folder = join(dataDir, 'shard-1');
  expect(readdirSync(folder)).toEqual(['journal.given-up', 'lock.mdb']);
  expect(readdirSync(join(folder, 'journal.given-up'))).toContainEqual(expect.stringMatching(/\.segment$/));
});
