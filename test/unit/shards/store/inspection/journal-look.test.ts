import { cpSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { acceptJournalLoss } from '../../../../../shards/store/inspection/accept-journal-loss.js';
import { expectedJournal } from '../../../../../shards/store/inspection/expected-journal.js';
import { inspectStore } from '../../../../../shards/store/inspection/inspect-store.js';
import { lookAtJournal } from '../../../../../shards/store/inspection/journal-look.js';
import { journalFolder } from '../../../../../shards/store/journal-file/journal-folder.js';
import { type Segment, segmentsIn } from '../../../../../shards/store/journal-file/segments/segment-list.js';
import { encodeRecord } from '../../../../../shards/store/journal-record.js';
import { LmdbEnvironment } from '../../../../../shards/store/lmdb/commits/lmdb-environment.js';
import { openLmdbStore } from '../../../../../shards/store/lmdb/lmdb-store.js';
import { verifyStore } from '../../../../../shards/upkeep/verify-store.js';
import { pick } from '../../../../support/store/flipped-store.js';
import { temporaryFolder } from '../../../../support/store/store-kinds.js';

const SEGMENT_BYTES = 1_024;
/** Clicks, each a record and a group of its own. */
const CLICKS = 60;
/** Bytes from one flipped bit to the next. */
const STRIDE = 7;

/** A store whose journal has several segments; `until` clicks of one session. */
async function write(folder: string, until = CLICKS): Promise<void> {
  const store = await openLmdbStore({ folder, segmentBytes: SEGMENT_BYTES });
  for (let seq = store.journal.end + 1; seq <= until; seq++)
    await store.commit({
      journal: {
        count: 1,
        bytes: encodeRecord([{ entry: 'session', user: 'ann', session: 's', seq }], seq),
      },
      rowsFollow: true,
      sessions: [{ userId: 'ann', sessionId: 's', seq, atMs: seq }],
    });
  await store.close();
}

async function written(until = CLICKS): Promise<string> {
  const folder = join(temporaryFolder(), 'shard-0');
  await write(folder, until);
  return folder;
}

/** Those with entries; the last one may be new and empty. */
function segmentsOf(folder: string): Segment[] {
  return segmentsIn(journalFolder(folder));
}

function pathOf(folder: string, { name }: Segment): string {
  return join(journalFolder(folder), name);
}

/** Why the journal of a store is lost, as a start says it; undefined: it is not. */
async function lostOf(folder: string): Promise<string | undefined> {
  const { journal, problem } = await inspectStore(folder, false, true);
  expect(problem).toBeUndefined();
  return journal?.why;
}

async function problemsOf(folder: string): Promise<readonly string[]> {
  return (await verifyStore(folder, false)).problems;
}

/** Numbers of the entries that can be read. */
async function readOf(folder: string): Promise<number[]> {
  const store = await openLmdbStore({ folder, segmentBytes: SEGMENT_BYTES });
  const positions = [...store.journal.from(0)].map(({ position }) => position);
  await store.close();
  return positions;
}

test('a journal of several segments is sound, also when the last one was cut off within a group', async () => {
  const folder = await written();
  expect(segmentsOf(folder).length).toBeGreaterThan(3);
  expect(await problemsOf(folder)).toEqual([]);
  expect(await inspectStore(folder, false, true)).toEqual({ folder, mark: CLICKS });
  const last = segmentsOf(folder).at(-1)!;
  // What a cut leaves of a group that nobody was told of.
  const bytes = readFileSync(pathOf(folder, last));
  writeFileSync(pathOf(folder, last), Buffer.concat([bytes, Buffer.alloc(40, 'half a group')]));
  expect(await problemsOf(folder)).toEqual([]);
  expect(await lostOf(folder)).toBeUndefined();
});

test('a flipped bit anywhere in a segment is named with its place, or means nothing', async () => {
  const folder = await written();
  const sound = await readOf(folder);
  const environment = await LmdbEnvironment.open({ folder });
  const expected = expectedJournal(environment);
  await environment.close();
  const harmless: (() => void)[] = [];
  for (const [i, segment] of segmentsOf(folder).entries()) {
    const path = pathOf(folder, segment);
    const bytes = readFileSync(path);
    const named = new RegExp(
      `^journal ${segment.name}: (its head, in bytes 0 to 79, is|.*, from byte (\\d+) on, are) damaged$`,
    );
    const unnoticed = Buffer.from(bytes);
    for (let at = i; at < bytes.length; at += STRIDE) {
      const bit = 1 << pick(at, i, 8);
      const flipped = Buffer.from(bytes);
      flipped[at] ^= bit;
      writeFileSync(path, flipped);
      const problems: string[] = [];
      const broken = (problem: string) => problems.push(problem);
      const { end, lost } = lookAtJournal(journalFolder(folder), expected, true, { broken });
      expect(lost).toBeUndefined();
      if (problems.length === 0) {
        expect(end).toBe(CLICKS);
        unnoticed[at] ^= bit;
        continue;
      }
      expect(problems).toEqual([expect.stringMatching(named)]);
      expect(at).toBeGreaterThanOrEqual(Number(named.exec(problems[0])?.[2] ?? 0));
    }
    writeFileSync(path, bytes);
    harmless.push(() => writeFileSync(path, unnoticed));
  }
  // All at once: if one of them meant anything, something else would be read.
  for (const write of harmless) write();
  expect(await readOf(folder)).toEqual(sound);
}, 60_000);

test('a segment or a lock file that cannot be read at all is refused as what it is, and not called damaged', async () => {
  for (const pathIn of [
    (folder: string) => pathOf(folder, segmentsOf(folder)[1]),
    (folder: string) => join(folder, 'lock.mdb'),
  ]) {
    const folder = await written();
    const path = pathIn(folder);
    rmSync(path);
    mkdirSync(path);
    const { refusal, problem } = await inspectStore(folder, false, true);
    expect(refusal).toBe('data_folder_unreadable');
    expect(problem).toMatch(/it is a folder and no file: .*Nothing says that it is damaged\.$/);
  }
});

test('entries that are damaged are left out, and nothing else', async () => {
  const folder = await written();
  const [, second] = segmentsOf(folder);
  const bytes = readFileSync(pathOf(folder, second));
  bytes[bytes.indexOf('ann')] ^= 1;
  writeFileSync(pathOf(folder, second), bytes);
  const problems = await problemsOf(folder);
  expect(problems).toEqual([
    `journal ${second.name}: the entries from ${second.position} to ${second.position}, from byte 80 on, are damaged`,
  ]);
  const all = Array.from({ length: CLICKS }, (_, position) => position);
  expect(await readOf(folder)).toEqual(all.filter((position) => position !== second.position));
});

test.each<[string, RegExp, (folder: string) => unknown]>([
  ['deleted', /^is missing$/, (folder) => rmSync(journalFolder(folder), { recursive: true })],
  [
    'emptied',
    /^is missing$/,
    (folder) => {
      for (const segment of segmentsOf(folder)) rmSync(pathOf(folder, segment));
    },
  ],
  [
    "another store's",
    /^is that of another store: \d{16}-\d{8}\.segment says so$/,
    async (folder) => {
      rmSync(journalFolder(folder), { recursive: true });
      cpSync(journalFolder(await written(90)), journalFolder(folder), { recursive: true });
    },
  ],
  [
    'without its last segments',
    /^ends before entry \d+, and the rows beside it contain those up to 59: it is older than they are, or was cut off$/,
    (folder) => {
      for (const segment of segmentsOf(folder).slice(2)) rmSync(pathOf(folder, segment));
    },
  ],
  [
    'cut off',
    /^ends before entry \d+, and the rows beside it contain those up to 59: /,
    (folder) => {
      const [first, ...others] = segmentsOf(folder);
      for (const segment of others) rmSync(pathOf(folder, segment));
      truncateSync(pathOf(folder, first), 80);
    },
  ],
  [
    'without a segment in the middle',
    /^lacks the entries from \d+ to \d+$/,
    (folder) => rmSync(pathOf(folder, segmentsOf(folder)[1])),
  ],
  [
    'without its first segment',
    /^lacks the entries from 0 to \d+$/,
    (folder) => rmSync(pathOf(folder, segmentsOf(folder)[0])),
  ],
])(
  'a journal that is %s is recognised; the store goes on without what is lost when that is accepted',
  async (_, expected, lose) => {
    const folder = await written();
    await lose(folder);
    expect(await lostOf(folder)).toMatch(expected);
    expect((await problemsOf(folder))[0]).toMatch(/^its journal /);
    await acceptJournalLoss(await inspectStore(folder, false, true));
    const store = await openLmdbStore({ folder, segmentBytes: SEGMENT_BYTES });
    // Positions are not given out twice, and the rows are there.
    expect(store.journal.end).toBe(CLICKS);
    expect(store.sessionSeq('ann', 's')).toBe(CLICKS);
    await store.close();
    await write(folder, CLICKS + 20);
    expect(await lostOf(folder)).toBeUndefined();
    expect((await readOf(folder)).slice(-20)).toEqual(Array.from({ length: 20 }, (__, i) => CLICKS + i));
    expect(await problemsOf(folder)).toEqual([]);
  },
);

test('a journal of an earlier time of the same store is recognised; a later one brings the rows to its end', async () => {
  const folder = join(temporaryFolder(), 'shard-0');
  const [earlier, later] = [join(folder, '..', 'earlier'), join(folder, '..', 'later')];
  await write(folder, 20);
  cpSync(folder, earlier, { recursive: true });
  await write(folder, 40);
  cpSync(folder, later, { recursive: true });
  rmSync(journalFolder(folder), { recursive: true });
  cpSync(journalFolder(earlier), journalFolder(folder), { recursive: true });
  expect(await lostOf(folder)).toMatch(
    /^ends before entry 20, and the rows beside it contain those up to 39: /,
  );
  rmSync(journalFolder(earlier), { recursive: true });
  cpSync(journalFolder(later), journalFolder(earlier), { recursive: true });
  expect(await lostOf(earlier)).toBeUndefined();
  const store = await openLmdbStore({ folder: earlier });
  expect([store.journal.end, store.sessionSeq('ann', 's')]).toEqual([40, 40]);
  await store.close();
});

test('a flipped bit in what the tables say of their journal costs nothing of it', async () => {
  const folder = await written();
  const sound = await readOf(folder);
  const [first] = segmentsOf(folder);
  const id = readFileSync(pathOf(folder, first)).subarray(16, 32);
  const path = join(folder, 'data.mdb');
  const bytes = readFileSync(path);
  const flipped = Buffer.from(bytes);
  let places = 0;
  for (let at = bytes.indexOf(id); at >= 0; at = bytes.indexOf(id, at + 1), places++) flipped[at + 3] ^= 4;
  expect(places).toBeGreaterThan(0);
  writeFileSync(path, flipped);
  expect(await lostOf(folder)).toBeUndefined();
  expect(await problemsOf(folder)).toEqual([expect.stringContaining('journalId')]);
  // It is written anew with the next opening.
  expect(await readOf(folder)).toEqual(sound);
  expect(await problemsOf(folder)).toEqual([]);
  // Without files that say it there is nothing to go on with.
  writeFileSync(path, flipped);
  rmSync(journalFolder(folder), { recursive: true });
  expect(await lostOf(folder)).toBe('is missing');
  await expect(openLmdbStore({ folder })).rejects.toThrow('the journal is missing');
});
