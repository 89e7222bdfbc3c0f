import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkDataFolder } from '../../shards/store/data-folder.js';
import { openLmdbStore } from '../../shards/store/lmdb/lmdb-store.js';
import { restoreFolder } from '../../shards/store/snapshot/restore-folder.js';
import { findSnapshots, verifyWholeSnapshot } from '../../shards/store/snapshot/whole-snapshot.js';
import { buildChild } from '../support/store/store-child.js';
import { temporaryFolder } from '../support/store/store-kinds.js';

let program: string;

beforeAll(() => {
  program = buildChild('snapshot-taker');
});
afterAll(() => rmSync(program));

/** Takes a snapshot, and kills the process after `step`; without one it ends in order. Returns the names of the whole ones. */
function take(dataDir: string, kept: number, step = ''): string[] {
  const { signal, status, stderr } = spawnSync(process.execPath, [program, dataDir, `${kept}`, step], {
    encoding: 'utf8',
  });
  expect([signal, status], stderr).toEqual(step === '' ? [null, 0] : ['SIGKILL', null]);
  return wholeIn(dataDir);
}

function wholeIn(dataDir: string): string[] {
  return findSnapshots(join(dataDir, 'snapshots')).whole.map(({ name }) => name);
}

async function expectWhole(dataDir: string): Promise<void> {
  for (const name of wholeIn(dataDir))
    expect(await verifyWholeSnapshot(join(dataDir, 'snapshots', name))).toEqual([]);
}

test.each(['shards', 'catalogue', 'sealed'])(
  'a process that dies after the step "%s" of a snapshot leaves no snapshot, and takes none away',
  async (step) => {
    const dataDir = temporaryFolder();
    const good = take(dataDir, 1);
    expect(good).toHaveLength(1);
    expect(take(dataDir, 1, step)).toEqual(good);
    const names = readdirSync(join(dataDir, 'snapshots')).filter((name) => !name.startsWith('.'));
    expect(names).toEqual(good);
    await expectWhole(dataDir);
    // The next one takes away what was left, and then the old one, for it stands itself.
    const next = take(dataDir, 1);
    expect(next).toHaveLength(1);
    expect(next).not.toEqual(good);
    expect(readdirSync(join(dataDir, 'snapshots'))).toEqual(next);
  },
);

test.each(['published', 'pruned'])(
  'a process that dies after the step "%s" of a snapshot leaves it whole',
  async (step) => {
    const dataDir = temporaryFolder();
    const [first] = take(dataDir, 1);
    const after = take(dataDir, 1, step);
    expect(after).toHaveLength(step === 'pruned' ? 1 : 2);
    expect(after.at(-1)).not.toBe(first);
    await expectWhole(dataDir);
    expect(take(dataDir, 1)).toHaveLength(1);
  },
);

test('a snapshot that is not whole any more is neither listed nor counted, and the last good one stays', async () => {
  const dataDir = temporaryFolder();
  const [first] = take(dataDir, 3);
  const second = take(dataDir, 3)[1];
  const file = join(dataDir, 'snapshots', second, 'catalogue', 'data.mdb');
  truncateSync(file, 4_096);
  expect(wholeIn(dataDir)).toEqual([first]);
  expect(findSnapshots(join(dataDir, 'snapshots')).broken).toEqual([
    expect.stringMatching(/catalogue\/data\.mdb has 4096 bytes of \d+/),
  ]);
  const third = take(dataDir, 1);
  expect(third).toHaveLength(1);
  expect(readdirSync(join(dataDir, 'snapshots'))).toEqual([second, ...third]);
});

test('a changed byte of the catalogue is named', async () => {
  const dataDir = temporaryFolder();
  const [name] = take(dataDir, 1);
  const file = join(dataDir, 'snapshots', name, 'catalogue', 'data.mdb');
  const bytes = readFileSync(file);
  bytes[bytes.length - 100] ^= 1;
  writeFileSync(file, bytes);
  expect(await verifyWholeSnapshot(join(dataDir, 'snapshots', name))).toEqual([
    expect.stringMatching(/catalogue\/data\.mdb has SHA-256/),
  ]);
});

test('a snapshot is restored to a new folder as it was; a broken one is not, and says what is broken', async () => {
  const dataDir = temporaryFolder();
  const [name] = take(dataDir, 1);
  const snapshot = join(dataDir, 'snapshots', name);
  const restored = join(temporaryFolder(), 'restored');
  expect(await restoreFolder(snapshot, restored)).toBe(1);
  expect(readdirSync(restored).sort()).toEqual(['catalogue', 'format.json', 'shard-0', 'warm']);
  expect(checkDataFolder(restored)).toMatchObject({ shards: 1 });
  const store = await openLmdbStore({ folder: join(restored, 'shard-0') });
  expect(store.journal.end).toBe(1);
  await store.close();
  await expect(restoreFolder(snapshot, restored)).rejects.toThrow('is not empty');
  truncateSync(join(snapshot, 'shard-0', 'data.mdb'), 8_192);
  const other = join(temporaryFolder(), 'other');
  await expect(restoreFolder(snapshot, other)).rejects.toThrow(
    /is broken, .*shard-0\/data\.mdb has 8192 bytes of/,
  );
  expect(existsSync(other)).toBe(false);
});

test('a path that holds no snapshot is not called a broken one, and those that there are are named', async () => {
  const dataDir = temporaryFolder();
  const [name] = take(dataDir, 1);
  writeFileSync(join(dataDir, 'format.json'), '{}');
  const folder = join(dataDir, 'snapshots');
  const made = join(folder, name);
  const target = join(temporaryFolder(), 'new');
  for (const path of [
    join(folder, 'mistyped'),
    folder,
    join(made, 'shard-0'),
    dataDir,
    join(dataDir, 'typo'),
  ]) {
    const error = await restoreFolder(path, target).catch((reason: unknown) => reason as Error);
    expect(error).toBeInstanceOf(Error);
    expect((error as Error).message).toMatch(/no snapshot/);
    expect((error as Error).message).not.toContain('broken');
    expect((error as Error).message).toContain(made);
  }
  const nowhere = join(temporaryFolder(), 'a', 'b');
  await expect(restoreFolder(nowhere, target)).rejects.toThrow('in the folder snapshots of a data folder');
  const file = join(temporaryFolder(), 'file');
  writeFileSync(file, '');
  await expect(restoreFolder(made, join(file, 'new'))).rejects.toThrow(
    /new cannot be made: .*a part of its path is a file and no folder.*; name a folder that this user may write to/,
  );
});
