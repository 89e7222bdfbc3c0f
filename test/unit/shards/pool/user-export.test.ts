import { expect, test } from 'vitest';
import { FakeClock } from '../../../../metrics/process/clock.js';
import { readExportPage, type ExportWanted } from '../../../../shards/disclosure/export-page.js';
import { exportOf, type ExportPiece } from '../../../../shards/pool/user-export.js';
import type { JournalEntry } from '../../../../shards/store/journal-entry.js';
import { encodeRecord } from '../../../../shards/store/journal-record.js';
import { openMemoryStore } from '../../../../shards/store/memory/memory-store.js';
import { named } from '../../../../shards/store/user-key.js';

const QUARANTINE = { take: () => undefined };
const ANN = named('ann');

const merged: JournalEntry = {
  entry: 'merged',
  visitor: 'visitor',
  into: ANN,
  sessionId: '',
  seq: 0,
  state: undefined,
  eventIds: [],
};

function event(user: string, item: number): JournalEntry {
  const rest = { kind: 1, tsMs: 1, value: 0, quantity: 1, query: '', hits: [], eventId: '' };
  return { ...rest, user, session: 's', seq: item, items: [item] };
}

/** A shard whose journal has these entries, each a record; the numbers are the times of their commits. */
async function aShard(entries: readonly (readonly [number, JournalEntry])[]) {
  const store = openMemoryStore();
  for (const [atMs, entry] of entries)
    await store.commit({ journal: { count: 1, bytes: encodeRecord([entry], atMs) } });
  const sources = { store, quarantine: QUARANTINE, clock: new FakeClock() };
  return {
    answerTo: ({ from, wantsState, ...wanted }: ExportWanted & { from: number; wantsState: boolean }) =>
      Promise.resolve({
        op: 'exported',
        ...readExportPage(sources, wanted, from),
        sessions: wantsState ? [{ userId: ANN, sessionId: 's', seq: 6, atMs: 6 }] : [],
        state: undefined,
      }),
  };
}

test('[D1] an export has the events from before users were moved to another number of shards, and from stays in between', async () => {
  const owner = await aShard([
    [10, event(ANN, 1)],
    [20, event(ANN, 2)],
    [30, event('bob', 9)],
    [60, event(ANN, 5)],
    [70, event('visitor', 8)],
  ]);
  const other = await aShard([
    [5, event('visitor', 7)],
    [40, merged],
    [45, event(ANN, 3)],
    [50, event(ANN, 4)],
    [80, event(ANN, 6)],
  ]);
  const handles = [other, owner] as unknown as Parameters<typeof exportOf>[1];
  const users = { ownerOf: () => handles[1] } as unknown as Parameters<typeof exportOf>[0];
  const pieces: ExportPiece[] = [];
  for await (const piece of exportOf(users, handles, ANN)) pieces.push(piece);
  expect(pieces.flatMap(({ events }) => events.flatMap(({ items }) => items))).toEqual([
    1, 2, 3, 4, 5, 6, 7, 8,
  ]);
  expect(pieces[0].kept?.sessions).toHaveLength(1);
  expect(pieces.slice(1).every(({ kept }) => kept === undefined)).toBe(true);
});

test('[D1] whoever was removed and came back is told what they did since', async () => {
  const removed: JournalEntry = { entry: 'removed', user: ANN, isErased: true };
  const shard = await aShard([
    [10, event(ANN, 1)],
    [15, event('visitor', 2)],
    [20, merged],
    [30, removed],
    [35, event('visitor', 3)],
    [40, event(ANN, 4)],
    [50, removed],
    [60, event(ANN, 5)],
    [70, event(ANN, 6)],
  ]);
  const handles = [shard] as unknown as Parameters<typeof exportOf>[1];
  const users = { ownerOf: () => handles[0] } as unknown as Parameters<typeof exportOf>[0];
  const items: number[] = [];
  for await (const { events } of exportOf(users, handles, ANN))
    items.push(...events.flatMap((told) => told.items));
  expect(items).toEqual([5, 6]);
});

test('what is stored comes with the first page, however long the journals are, and an export that nobody takes reads no further', async () => {
  const shard = await aShard(Array.from({ length: 10_000 }, (_, i) => [i, event(ANN, i)] as const));
  let asks = 0;
  const counted = {
    answerTo: (asked: Parameters<typeof shard.answerTo>[0]) => (asks++, shard.answerTo(asked)),
  };
  const handles = [counted] as unknown as Parameters<typeof exportOf>[1];
  const users = { ownerOf: () => handles[0] } as unknown as Parameters<typeof exportOf>[0];
  for await (const { kept } of exportOf(users, handles, ANN)) {
    expect(kept?.sessions).toHaveLength(1);
    break;
  }
  expect(asks).toBe(1);
});
