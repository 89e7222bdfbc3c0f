import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { encodeRecord } from '../../../../../shards/store/journal-record.js';
import { openLmdbStore } from '../../../../../shards/store/lmdb/lmdb-store.js';
import { openMemoryStore } from '../../../../../shards/store/memory/memory-store.js';
import {
  restoreSnapshot,
  verifySnapshot,
  writeSnapshot,
} from '../../../../../shards/store/snapshot/snapshot.js';
import {
  findSnapshots,
  nextSnapshotNumber,
  pruneSnapshots,
  removeLeftovers,
  sealSnapshot,
} from '../../../../../shards/store/snapshot/whole-snapshot.js';
import type { SnapshotManifest } from '../../../../../shards/store/snapshot/snapshot-manifest.js';
import type { ShardStore } from '../../../../../shards/store/store.js';
import { STORE_KINDS, openForTest, temporaryFolder } from '../../../../support/store/store-kinds.js';
import { nextBatch, restoreTally } from '../../../../support/store/store-tally.js';

const FACTS = { shard: 1, shards: 2, model: 'demo 1', createdAt: '2026-01-02T03:04:05.000Z' };
const LMDB = STORE_KINDS.find((kind) => kind.isOnDisk)!;

async function filledStore(): Promise<ShardStore> {
  const store = await openForTest(LMDB);
  await store.commit({
    journal: { count: 3, bytes: Buffer.from('abc') },
    sessions: ['s', 't', 'u'].map((sessionId) => ({ userId: 'ann', sessionId, seq: 1, atMs: 0 })),
    users: [
      { userId: 'ann', bytes: Buffer.alloc(3_000, 1) },
      { userId: 'bob', bytes: Buffer.alloc(3_000, 2) },
    ],
    checkpoint: 2,
  });
  return store;
}

async function takenSnapshot(): Promise<{ folder: string; manifest: SnapshotManifest }> {
  const folder = join(temporaryFolder(), 'snapshots', 'shard-1');
  return { folder, manifest: await writeSnapshot(await filledStore(), folder, FACTS) };
}

async function problemsOf(folder: string): Promise<readonly string[]> {
  const check = await verifySnapshot(folder);
  return check.isWhole ? [] : check.problems;
}

test('a snapshot contains rows that were committed before it and wait for others', async () => {
  const store = await openForTest(LMDB);
  const committed = store.commit({
    journal: { count: 1, bytes: Buffer.from('a') },
    users: Array.from({ length: 300 }, (_, i) => ({ userId: `user-${i}`, bytes: Buffer.alloc(11_000, i) })),
    checkpoint: 1,
    rowsFollow: true,
  });
  const folder = join(temporaryFolder(), 'shard-1');
  expect(await writeSnapshot(store, folder, FACTS)).toMatchObject({
    users: 300,
    journalEnd: 1,
    checkpoint: 1,
  });
  await committed;
});

test('a snapshot says what is in it, and nothing of its making is left', async () => {
  const { folder, manifest } = await takenSnapshot();
  expect(manifest).toMatchObject({
    ...FACTS,
    schema: 2,
    storeSchema: 5,
    users: 2,
    sessions: 3,
    journalEnd: 3,
    checkpoint: 2,
  });
  const sizes = manifest.files.map(({ name }) => readFileSync(join(folder, name)).length);
  expect(manifest.bytes).toBe(sizes[0] + sizes[1]);
  const sha256 = expect.stringMatching(/^[0-9a-f]{64}$/) as string;
  expect(manifest.files).toEqual([
    { name: 'data.mdb', bytes: sizes[0], sha256 },
    { name: expect.stringMatching(/^journal\/0{16}.*\.segment$/), bytes: sizes[1], sha256 },
  ]);
  // Of the last segment, only what is written.
  expect(sizes[1]).toBeLessThan(200);
  expect(readdirSync(folder).sort()).toEqual(['data.mdb', 'journal', 'manifest.json']);
  expect(readdirSync(join(folder, '..'))).toEqual(['shard-1']);
  expect(await verifySnapshot(folder)).toEqual({ isWhole: true, manifest });
});

test('a snapshot taken while the store is written is whole, agrees with itself and holds what was durable', async () => {
  const store = await openForTest(LMDB);
  const tally = restoreTally(store);
  let state = 1;
  const random = (limit: number) => (state = (state * 48_271) % 0x7fffffff) % limit;
  const parent = temporaryFolder();
  for (let n = 0; n < 3; n++) {
    let durableEnd = 0;
    const writer = { isStopped: false };
    const commits: Promise<unknown>[] = [];
    const writing = (async () => {
      while (!writer.isStopped) {
        const done = store.commit(nextBatch(store, tally, random));
        const end = store.journal.end;
        commits.push(done.then(() => (durableEnd = end)));
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    await store.commit({});
    const vouchedFor = durableEnd;
    const manifest = await writeSnapshot(store, join(parent, `${n}`), FACTS);
    writer.isStopped = true;
    await Promise.all([writing, ...commits]);
    await restoreSnapshot(join(parent, `${n}`), join(parent, `restored-${n}`));
    const restored = await openForTest(LMDB, join(parent, `restored-${n}`));
    restoreTally(restored);
    expect(restored.journal.end).toBe(manifest.journalEnd);
    expect(restored.checkpoint).toBe(manifest.checkpoint);
    expect(restored.journal.end).toBeGreaterThanOrEqual(vouchedFor);
    expect([...restored.users()].length).toBe(manifest.users);
  }
});

test('a changed byte, a missing end and a missing file are named', async () => {
  const { folder } = await takenSnapshot();
  const file = join(folder, 'data.mdb');
  const bytes = readFileSync(file);
  const changed = Buffer.from(bytes);
  changed[changed.length - 1000] ^= 1;
  writeFileSync(file, changed);
  expect(await problemsOf(folder)).toEqual([
    expect.stringMatching(/data\.mdb has SHA-256 .*, the manifest says /),
  ]);
  writeFileSync(file, bytes.subarray(0, -1));
  expect(await problemsOf(folder)).toEqual([
    expect.stringContaining(`data.mdb has ${bytes.length - 1} bytes`),
  ]);
  const renamed = join(temporaryFolder(), 'copy');
  cpSync(join(folder, 'manifest.json'), join(renamed, 'manifest.json'));
  expect(await problemsOf(renamed)).toEqual([
    expect.stringContaining('data.mdb cannot be read'),
    expect.stringMatching(/journal\/\S+\.segment cannot be read/),
  ]);
});

test('a changed byte, a missing end and a missing segment of the journal are named', async () => {
  const { folder, manifest } = await takenSnapshot();
  const file = join(folder, manifest.files[1].name);
  const bytes = readFileSync(file);
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed[at] ^= 1 << (at % 8);
    writeFileSync(file, changed);
    expect(await problemsOf(folder)).toEqual([
      expect.stringMatching(/journal\/\S+\.segment has SHA-256 .*, the manifest says /),
    ]);
  }
  writeFileSync(file, bytes.subarray(0, -1));
  expect(await problemsOf(folder)).toEqual([
    expect.stringContaining(`.segment has ${bytes.length - 1} bytes`),
  ]);
  rmSync(file);
  expect(await problemsOf(folder)).toEqual([expect.stringContaining('.segment cannot be read')]);
});

test('the copy of a journal holds all that is acknowledged, also while its rows wait and old segments are to go', async () => {
  const parent = temporaryFolder();
  const store = await openLmdbStore({ folder: join(parent, 'store'), segmentBytes: 4_096 });
  onTestFinished(() => store.close());
  const session = (seq: number) => ({ entry: 'session', user: 'ann', session: 's', seq }) as const;
  let seq = 0;
  const click = () => {
    seq++;
    return store.commit({
      journal: { count: 1, bytes: encodeRecord([session(seq)], seq) },
      rowsFollow: true,
      sessions: [{ userId: 'ann', sessionId: 's', seq, atMs: seq }],
    });
  };
  for (let clicks = 0; clicks < 300; clicks++) await click();
  await store.commit({ checkpoint: 100 });
  const snapshot = writeSnapshot(store, join(parent, 'snapshot'), FACTS);
  // What the copy's own checkpoint needs is dropped only after it.
  await store.commit({ checkpoint: 300 });
  const dropped = store.commit({ dropBefore: 300 });
  const manifest = await snapshot;
  await dropped;
  expect(manifest.files.length).toBeGreaterThan(3);
  await restoreSnapshot(join(parent, 'snapshot'), join(parent, 'restored'));
  const restored = await openForTest(LMDB, join(parent, 'restored'));
  expect([...restored.sessions()]).toEqual([expect.objectContaining({ userId: 'ann', seq: 300 })]);
  expect(restored.journal.end).toBe(300);
  expect(restored.journal.start).toBeLessThanOrEqual(restored.checkpoint);
  const positions = [...restored.journal.from(restored.checkpoint)].map(({ position }) => position);
  expect(positions).toEqual(
    Array.from({ length: 300 - restored.checkpoint }, (_, i) => restored.checkpoint + i),
  );
});

test('a copy that is ended leaves no snapshot', async () => {
  const store = await filledStore();
  const folder = join(temporaryFolder(), 'shard-1');
  const ended = new AbortController();
  ended.abort(new Error('ended'));
  await expect(writeSnapshot(store, folder, FACTS, ended.signal)).rejects.toThrow('ended');
  expect(existsSync(folder)).toBe(false);
});

test.each([
  ['cannot be read', '{'],
  ['not a JSON object', '7'],
  ['schema 9', '{"schema":9}'],
  ['wrong or missing schema, storeSchema, shard', '{}'],
])('a manifest that is broken is named: %s', async (expected, text) => {
  const { folder } = await takenSnapshot();
  writeFileSync(join(folder, 'manifest.json'), text);
  expect(await problemsOf(folder)).toEqual([expect.stringContaining(expected)]);
});

test('a manifest cannot name files outside of its folder', async () => {
  const { folder, manifest } = await takenSnapshot();
  const files = [{ ...manifest.files[0], name: '../data.mdb' }];
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ ...manifest, files }));
  expect(await problemsOf(folder)).toEqual([expect.stringContaining('wrong or missing files')]);
});

test('a broken snapshot is not restored, a target that exists is not touched', async () => {
  const { folder } = await takenSnapshot();
  const target = join(temporaryFolder(), 'shard-1');
  mkdirSync(target);
  await expect(restoreSnapshot(folder, target)).rejects.toThrow('exists already');
  writeFileSync(join(folder, 'data.mdb'), 'no');
  await expect(restoreSnapshot(folder, join(target, 'new'))).rejects.toThrow('is broken');
  expect(readdirSync(target)).toEqual([]);
});

test('a snapshot does not overwrite one, but takes the place of one that was interrupted', async () => {
  const store = await filledStore();
  const folder = join(temporaryFolder(), 'shard-1');
  mkdirSync(`${folder}.partial`);
  writeFileSync(join(`${folder}.partial`, 'data.mdb'), 'half');
  await writeSnapshot(store, folder, FACTS);
  expect(existsSync(`${folder}.partial`)).toBe(false);
  await expect(writeSnapshot(store, folder, FACTS)).rejects.toThrow('exists already');
  expect((await verifySnapshot(folder)).isWhole).toBe(true);
});

test('a store in memory has no snapshot', async () => {
  const folder = join(temporaryFolder(), 'shard-1');
  await expect(writeSnapshot(openMemoryStore(), folder, FACTS)).rejects.toThrow('in memory');
  expect(existsSync(folder)).toBe(false);
});

test('a restored shard goes on where the snapshot was', async () => {
  const { folder } = await takenSnapshot();
  const target = join(temporaryFolder(), 'shard-1');
  await restoreSnapshot(folder, target);
  const store = await openLmdbStore({ folder: target });
  await store.commit({ journal: { count: 1, bytes: Buffer.from('d') } });
  expect([...store.journal.from(2)].map(({ position }) => position)).toEqual([0, 3]);
  await store.close();
});

test('pruning keeps the newest whole snapshots, those of earlier versions too, and what is none or not finished', async () => {
  const parent = temporaryFolder();
  const { folder, manifest } = await takenSnapshot();
  const place = (name: string, day: number, hasCatalogue = true) => {
    const shard = join(parent, name, 'shard-0');
    cpSync(folder, shard, { recursive: true });
    const { isPart: _, ...older } = manifest;
    const text = { ...older, shard: 0, shards: 1, createdAt: `2026-01-0${day}T00:00:00.000Z` };
    writeFileSync(join(shard, 'manifest.json'), JSON.stringify(text));
    if (!hasCatalogue) return;
    mkdirSync(join(parent, name, 'catalogue'));
    writeFileSync(join(parent, name, 'catalogue', 'data.mdb'), 'items');
  };
  place('c', 1);
  place('a', 3);
  place('b', 2);
  place('half', 4, false);
  place('.d.partial', 5);
  place('.x.deleted', 9);
  mkdirSync(join(parent, 'notes'));
  const others = ['.d.partial', '.x.deleted', 'half', 'notes'];
  expect(await pruneSnapshots(parent, { count: 2, sinceMs: -Infinity }, 'a')).toEqual(['c']);
  expect(readdirSync(parent).sort()).toEqual([...others, 'a', 'b'].sort());
  expect(await pruneSnapshots(parent, { count: 2, sinceMs: -Infinity }, 'a')).toEqual([]);
  expect(await pruneSnapshots(parent, { count: 0, sinceMs: -Infinity }, 'a')).toEqual(['b']);
  await removeLeftovers(parent);
  expect(readdirSync(parent).sort()).toEqual(['a', 'half', 'notes']);
});

test('snapshots that are too old go as well, but never the one just made', async () => {
  const parent = temporaryFolder();
  const { folder, manifest } = await takenSnapshot();
  for (const [i, name] of ['a', 'b', 'c'].entries()) {
    const createdAt = `2026-01-0${i + 1}T00:00:00.000Z`;
    cpSync(folder, join(parent, name, 'shard-0'), { recursive: true });
    const text = { ...manifest, shard: 0, shards: 1, createdAt };
    writeFileSync(join(parent, name, 'shard-0', 'manifest.json'), JSON.stringify(text));
    mkdirSync(join(parent, name, 'catalogue'));
    writeFileSync(join(parent, name, 'catalogue', 'data.mdb'), 'items');
    await sealSnapshot(join(parent, name), { createdAt, number: i + 1 });
  }
  const sinceMs = Date.parse('2026-01-02T00:00:00.000Z');
  expect(await pruneSnapshots(parent, { count: 9, sinceMs }, 'c')).toEqual(['a']);
  expect(await pruneSnapshots(parent, { count: 9, sinceMs: Infinity }, 'c')).toEqual(['b']);
  expect(await pruneSnapshots(parent, { count: 1, sinceMs: Infinity }, 'c')).toEqual([]);
});

test('which snapshots are old is told by their numbers, not by a clock that ran ahead once; the one just made stays', async () => {
  const parent = temporaryFolder();
  const { folder, manifest } = await takenSnapshot();
  const place = async (name: string, createdAt: string, number = nextSnapshotNumber(parent)) => {
    const shard = join(parent, name, 'shard-0');
    cpSync(folder, shard, { recursive: true });
    const text = { ...manifest, shard: 0, shards: 1, createdAt };
    writeFileSync(join(shard, 'manifest.json'), JSON.stringify(text));
    mkdirSync(join(parent, name, 'catalogue'));
    writeFileSync(join(parent, name, 'catalogue', 'data.mdb'), 'items');
    await sealSnapshot(join(parent, name), { createdAt, number });
  };
  await place('a', '2036-01-01T00:00:00.000Z');
  await place('b', '2036-01-02T00:00:00.000Z');
  await place('c', '2026-01-01T00:00:00.000Z');
  expect(findSnapshots(parent).whole.map(({ name, number }) => [name, number])).toEqual([
    ['a', 1],
    ['b', 2],
    ['c', 3],
  ]);
  expect(await pruneSnapshots(parent, { count: 2, sinceMs: -Infinity }, 'c')).toEqual(['a']);
  await place('d', '2025-01-01T00:00:00.000Z', 0);
  expect(await pruneSnapshots(parent, { count: 1, sinceMs: -Infinity }, 'd')).toEqual(['b', 'c']);
  // Without its manifest it is none, for its shards say that they are parts of one.
  rmSync(join(parent, 'd', 'snapshot.json'));
  expect(findSnapshots(parent)).toEqual({
    whole: [],
    broken: [expect.stringContaining('d/snapshot.json is missing')],
  });
});
