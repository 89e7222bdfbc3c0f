import { copyFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cutJournal } from '../../../../../shards/store/compaction/cut-journal.js';
import { journalFolder } from '../../../../../shards/store/journal-file/journal-folder.js';
import { segmentsIn } from '../../../../../shards/store/journal-file/segments/segment-list.js';
import { encodeRecord } from '../../../../../shards/store/journal-record.js';
import { openLmdbStore } from '../../../../../shards/store/lmdb/lmdb-store.js';
import { verifyStore } from '../../../../../shards/upkeep/verify-store.js';
import { temporaryFolder } from '../../../../support/store/store-kinds.js';

const CLICKS = 40;

/** The folder of a store with a journal of so many groups, each of two entries, in several segments; all are in the rows. */
async function written(): Promise<string> {
  const folder = join(temporaryFolder(), 'shard-0');
  const store = await openLmdbStore({ folder, segmentBytes: 1_024 });
  for (let seq = 1; seq <= CLICKS; seq += 2) {
    const session = { entry: 'session', user: 'ann', session: 's' } as const;
    const entries = [
      { ...session, seq },
      { ...session, seq: seq + 1 },
    ];
    await store.commit({
      journal: { count: 2, bytes: encodeRecord(entries, seq) },
      rowsFollow: true,
      sessions: [{ userId: 'ann', sessionId: 's', seq: seq + 1, atMs: seq }],
      checkpoint: seq + 1,
    });
  }
  await store.close();
  return folder;
}

/** Positions of the records that are there, through an opening that writes. */
async function positionsIn(folder: string): Promise<number[]> {
  const store = await openLmdbStore({ folder, segmentBytes: 1_024 });
  const positions = [...store.journal.from(0)].map(({ position }) => position);
  expect(store.journal.end).toBe(CLICKS);
  await store.close();
  return positions;
}

function from(start: number): number[] {
  return Array.from({ length: (CLICKS - start) / 2 }, (_, i) => start + 2 * i);
}

test('whole groups go up to a position, within a segment too, and what is left is sound', async () => {
  const folder = await written();
  const second = segmentsIn(journalFolder(folder))[1].position;
  for (const [before, start] of [
    [0, 0],
    [1, 0],
    [4, 4],
    [5, 4],
    [second - 2, second - 2],
    [second, second],
    [second + 3, second + 2],
  ]) {
    expect(await cutJournal(journalFolder(folder), before)).toBe(start);
    expect(await positionsIn(folder)).toEqual(from(start));
    expect((await verifyStore(folder, false)).problems).toEqual([]);
  }
});

test('the last group stays: it says where the journal ends', async () => {
  const folder = await written();
  await cutJournal(journalFolder(folder), CLICKS);
  // The last segment is new, and empty: it says so by its name.
  expect(await positionsIn(folder)).toEqual(from(segmentsIn(journalFolder(folder))[0].position));
});

test('a crash on the way leaves the journal as it was, or without what was to go', async () => {
  const folder = await written();
  const journal = journalFolder(folder);
  const [first] = segmentsIn(journal);
  writeFileSync(join(journal, 'spare-cut.segment'), 'half');
  expect(await positionsIn(folder)).toEqual(from(0));
  expect(readdirSync(journal)).not.toContain('spare-cut.segment');
  const kept = join(temporaryFolder(), first.name);
  copyFileSync(join(journal, first.name), kept);
  await cutJournal(journal, 6);
  // The shorter segment has its name, and the longer one is still there.
  copyFileSync(kept, join(journal, first.name));
  expect(await positionsIn(folder)).toEqual(from(0));
  expect((await verifyStore(folder, false)).problems).toEqual([]);
  expect(await cutJournal(journal, 6)).toBe(6);
  expect(await positionsIn(folder)).toEqual(from(6));
});
