import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { StartupError } from '../../metrics/process/startup-error.js';
import { checkDataFolder, createDataFolder } from '../../shards/store/data-folder.js';
import { openLmdbStore } from '../../shards/store/lmdb/lmdb-store.js';
import { readManifest } from '../../shards/store/snapshot/snapshot-manifest.js';
import { writeSnapshot } from '../../shards/store/snapshot/snapshot.js';
import {
  checkWholeSnapshot,
  sealSnapshot,
  verifyWholeSnapshot,
} from '../../shards/store/snapshot/whole-snapshot.js';
import { MARKS_FILE, readMarks, writeMarks } from '../../shards/store/store-marks.js';
import { temporaryFolder } from '../support/store/store-kinds.js';
import { inspectStore } from '../../shards/store/inspection/inspect-store.js';
import { mendKeys } from '../../shards/store/inspection/mend-keys.js';
import {
  everyNth,
  fileOf,
  FLIPPED_KINDS,
  flippedFile,
  flipEach,
  inFolder,
  lookAt,
  pick,
  placesOf,
  usedEnd,
  withUnnoticed,
  type FlippedContent,
  type FlippedKind,
} from '../support/store/flipped-store.js';
import type { WalkedPages } from '../../shards/store/inspection/page-walk.js';

/** Other bits: `FLIP_SEED=n`. */
const SEED = Number(process.env['FLIP_SEED'] ?? 1234);
const STRIDE = 64;
const SAMPLE = 8;
const TIMEOUT_MS = 120_000;
const AT = '2026-01-02T03:04:05.000Z';

test.each(FLIPPED_KINDS)(
  `a flipped bit in the file of %s is noticed before anything is read, or means nothing (seed ${SEED})`,
  async (kind) => {
    const { file, read } = await flippedFile(kind);
    expect(lookAt(file)).toMatchObject({ isWhole: true, damagedRows: 0, misnamed: [] });
    const sound = await read(file);
    expect(sound.damages).toEqual([]);
    const counts = flipEach(file, everyNth(file, STRIDE, SEED), SEED);
    expect(Math.min(counts.refused, counts.rows)).toBeGreaterThan(0);
    // All at once: if one of them meant anything, something else would be read.
    for (const changed of withUnnoticed(file, counts)) {
      expect(lookAt(changed)).toMatchObject({ damagedRows: 0, misnamed: [] });
      expect(await read(changed)).toEqual(sound);
    }
  },
  TIMEOUT_MS,
);

test.each(FLIPPED_KINDS)(
  `what a look at the file of %s lets through reads as it was, without the rows that are told of (seed ${SEED})`,
  async (kind) => {
    const { file, read } = await flippedFile(kind);
    const sound = await read(file);
    const known = new Set(textsOf(sound.content));
    for (const flipped of flippedRows(file)) {
      const { misnamed } = lookAt(flipped) as WalkedPages;
      if (misnamed.length === 0) {
        const { content, damages } = await read(flipped);
        expect(damages.length).toBeGreaterThan(0);
        if (kind === 'shard-0') expect(textsOf(content).filter((text) => !known.has(text))).toEqual([]);
        continue;
      }
      expect(await inFolder(flipped, (folder) => mendedAndRead(folder, kind, read))).toEqual(sound);
    }
  },
  TIMEOUT_MS,
);

/** Files with a flipped bit each, which a start goes on with although a row is damaged. */
function* flippedRows(file: Buffer): Generator<Buffer> {
  let count = 0;
  for (let i = 0; count < SAMPLE; i++) {
    const flipped = Buffer.from(file);
    flipped[pick(SEED, i, usedEnd(file))] ^= 1 << pick(SEED + 1, i, 8);
    const found = lookAt(flipped);
    if (found === 'refused' || found.damagedRows === 0) continue;
    count++;
    yield flipped;
  }
}

async function mendedAndRead(
  folder: string,
  kind: FlippedKind,
  read: (file: Buffer) => Promise<FlippedContent>,
) {
  const inspected = await inspectStore(folder, kind === 'catalogue', true);
  expect(inspected.misnamed).toHaveLength(1);
  await mendKeys([inspected], { error: () => {} });
  return read(fileOf(folder));
}

test('what says which store it is does not say another one for any flipped bit', async () => {
  const { file } = await flippedFile('shard-0');
  const sound = (await inFolder(file, (folder) => inspectStore(folder, false, true))).identity;
  const text = JSON.stringify(sound);
  for (const start of placesOf(file, Buffer.from(text)))
    for (let at = start; at < start + text.length; at++) {
      const flipped = Buffer.from(file);
      flipped[at] ^= 1 << pick(SEED, at, 8);
      const inspected = await inFolder(flipped, (where) => inspectStore(where, false, true));
      expect(inspected.identity, `byte ${at}, seed ${SEED}`).not.toEqual(sound);
    }
});

/** Every row of a content as a text. */
function textsOf(content: unknown): string[] {
  const { journal, users, allSessions, allEventIds, allAliases, blobs } = content as Record<
    string,
    unknown[]
  >;
  return [journal, users, allSessions, allEventIds, allAliases, blobs].flatMap((rows, i) =>
    (rows ?? []).map((row) => `${i} ${JSON.stringify(row)}`),
  );
}

test('a flipped bit in the number of the schema refuses the store, or is without a meaning', async () => {
  const { file, read } = await flippedFile('shard-0');
  const sound = await read(file);
  for (const start of placesOf(file, Buffer.from('schema')))
    for (let at = start + 6; at < start + 14; at++) {
      const flipped = Buffer.from(file);
      flipped[at] ^= 1 << pick(SEED, at, 8);
      if (lookAt(flipped) === 'refused') continue;
      const found = await read(flipped).catch((error: unknown) => error);
      if (found instanceof StartupError) expect(found.code).toBe('store_unreadable');
      else expect(found).toEqual(sound);
    }
});

test('a flipped bit in a small file of a data folder or a snapshot is noticed, or means nothing', async () => {
  const dataDir = join(temporaryFolder(), 'data');
  await createDataFolder(dataDir, 3, AT);
  await writeMarks(dataDir, {
    folder: 'f',
    phase: 'ended',
    uncleanEnds: 0,
    at: AT,
    stores: { catalogue: 1, 'shard-0': 20 },
  });
  const snapshot = join(temporaryFolder(), 'snapshot');
  const store = await openLmdbStore({ folder: join(dataDir, 'shard-0') });
  await writeSnapshot(store, join(snapshot, 'shard-0'), { shard: 0, shards: 1, model: 'm', createdAt: AT });
  await store.close();
  cpSync(join(snapshot, 'shard-0'), join(snapshot, 'catalogue'), { recursive: true });
  await sealSnapshot(snapshot, { createdAt: AT, number: 3 });
  expectFlipsNoticed(join(dataDir, 'format.json'), () => checkDataFolder(dataDir));
  expectFlipsNoticed(join(dataDir, MARKS_FILE), () => readMarks(dataDir));
  expectFlipsNoticed(join(snapshot, 'snapshot.json'), () => checkWholeSnapshot(snapshot));
  expectFlipsNoticed(join(snapshot, 'shard-0', 'manifest.json'), () =>
    readManifest(join(snapshot, 'shard-0')),
  );
  const copied = join(snapshot, 'shard-0', 'data.mdb');
  const bytes = readFileSync(copied);
  for (let i = 0; i < 10; i++) {
    const flipped = Buffer.from(bytes);
    flipped[pick(SEED, i, bytes.length)] ^= 1 << pick(SEED, i, 8);
    writeFileSync(copied, flipped);
    expect(await verifyWholeSnapshot(snapshot)).not.toEqual([]);
  }
});

/** A bit of each byte of a file: reading it throws, gives a sentence, or gives the same as before. */
function expectFlipsNoticed(path: string, read: () => unknown): void {
  const sound = read();
  expect(typeof sound).toBe('object');
  const bytes = readFileSync(path);
  for (let at = 0; at < bytes.length; at++) {
    const flipped = Buffer.from(bytes);
    flipped[at] ^= 1 << pick(SEED, at, 8);
    writeFileSync(path, flipped);
    const found = orSentence(read);
    if (typeof found !== 'string')
      expect(found, `${path}, byte ${at}, seed ${SEED}`).toMatchObject(sound as object);
  }
  writeFileSync(path, bytes);
}

function orSentence(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    return (error as Error).message;
  }
}
