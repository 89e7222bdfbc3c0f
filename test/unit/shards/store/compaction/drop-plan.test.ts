import { expect, test } from 'vitest';
import { dropJournal } from '../../../../../shards/store/compaction/drop-journal.js';
import { planDrop } from '../../../../../shards/store/compaction/drop-plan.js';
import { encodeRecord } from '../../../../../shards/store/journal-record.js';
import { DROPPED_RECORDS_MAX } from '../../../../../shards/store/journal.js';
import { openMemoryStore } from '../../../../../shards/store/memory/memory-store.js';
import type { ShardStore } from '../../../../../shards/store/store.js';

const REV = encodeRecord([{ entry: 'rev', rev: 1 }], 1_000_000_000_000).length;

/** A store of `count` records of one entry; the record at position p is of p seconds after a time. */
async function storeOf(count: number, checkpoint = count): Promise<ShardStore> {
  const store = openMemoryStore();
  for (let i = 0; i < count; i++)
    void store.commit({
      journal: { count: 1, bytes: encodeRecord([{ entry: 'rev', rev: 1 }], 1_000_000_000_000 + i * 1_000) },
    });
  await store.commit({ checkpoint });
  return store;
}

test('what is too old or too much may go, unless somebody needs it; the first who does is named', async () => {
  const store = await storeOf(10);
  const since = (seconds: number) => ({ sinceMs: 1_000_000_000_000 + seconds * 1_000 });
  expect(planDrop(store, since(4), [])).toEqual({ before: 4, heldBy: undefined });
  expect(planDrop(store, since(-1), [])).toEqual({ before: 0, heldBy: undefined });
  expect(planDrop(store, { bytes: 3 * REV }, [])).toEqual({ before: 7, heldBy: undefined });
  expect(planDrop(store, { bytes: 3 * REV, ...since(9) }, [])).toEqual({ before: 9, heldBy: undefined });
  const needs = [
    { position: 6, by: 'a rebuild' },
    { position: 5, by: 'a snapshot' },
  ];
  expect(planDrop(store, since(9), needs)).toEqual({ before: 5, heldBy: 'a snapshot' });
  expect(planDrop(store, since(5), needs)).toEqual({ before: 5, heldBy: undefined });
  expect(planDrop(await storeOf(10, 2), since(9), needs)).toEqual({ before: 2, heldBy: 'recovery' });
});

test('all of a journal stays while somebody is to be made anew from it', async () => {
  const store = await storeOf(10);
  const owed = {
    kind: 'user',
    names: ['ann'],
    reason: 'it is damaged',
    bytes: new Uint8Array(0),
    atMs: 1,
    isOwed: true,
  } as const;
  await store.commit({ setAside: [owed] });
  expect(planDrop(store, { bytes: 0 }, [])).toEqual({
    before: 0,
    heldBy: 'users who are to be made anew at the next start',
  });
});

test('records go a bounded number in each commit, up to the position and never the last one', async () => {
  const count = 2 * DROPPED_RECORDS_MAX + 10;
  const store = await storeOf(count);
  let rests = 0;
  const rest = () => Promise.resolve(void rests++);
  expect(await dropJournal(store, count - 5, rest)).toEqual({ from: 0, to: count - 5 });
  expect(rests).toBe(3);
  expect(await dropJournal(store, count)).toEqual({ from: count - 5, to: count - 1 });
  expect(await dropJournal(store, count)).toEqual({ from: count - 1, to: count - 1 });
});
