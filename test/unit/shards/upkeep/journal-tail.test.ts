import { expect, test } from 'vitest';
import type { JournalEntry } from '../../../../shards/store/journal-entry.js';
import { encodeRecord } from '../../../../shards/store/journal-record.js';
import { openMemoryStore } from '../../../../shards/store/memory/memory-store.js';
import type { ShardStore } from '../../../../shards/store/store.js';
import { named, visitor } from '../../../../shards/store/user-key.js';
import { begunMerges } from '../../../../shards/live/merge-intents.js';
import { tailProblem, takeTail } from '../../../../shards/upkeep/journal-tail.js';

const ANN = named('ann');
const VISITOR = visitor('v-1');

function click(user: string, session: string, seq: number, eventId = ''): JournalEntry {
  return {
    user,
    session,
    seq,
    kind: 3,
    tsMs: 5,
    items: [1],
    value: 0,
    quantity: 1,
    query: '',
    hits: [],
    eventId,
  };
}

/** A store whose journal has these records; each is of its number in `atMs`. */
async function storeOf(
  records: readonly (readonly [number, readonly JournalEntry[]])[],
): Promise<ShardStore> {
  const store = openMemoryStore();
  for (const [atMs, entries] of records)
    await store.commit({ journal: { count: entries.length, bytes: encodeRecord(entries, atMs) } });
  return store;
}

const OLD = [[10, [click(VISITOR, 'v-1', 1), click(VISITOR, 'v-1', 2)]]] as const;
const NEW = [
  ...OLD,
  [20, [{ entry: 'given', visitor: VISITOR, into: ANN }]],
  [
    30,
    [
      {
        entry: 'merged',
        visitor: VISITOR,
        into: ANN,
        sessionId: 'v-1',
        seq: 2,
        state: undefined,
        eventIds: ['o-1'],
      },
    ],
  ],
  [40, [{ entry: 'forgotten', visitor: VISITOR, into: ANN, seq: 2 }, click(ANN, 'v-1', 3, 'o-2')]],
  [
    50,
    [
      { entry: 'alias', user: VISITOR, to: undefined },
      { entry: 'removed', user: ANN },
      { entry: 'session', user: ANN, session: 's-9', seq: 4 },
    ],
  ],
] as const satisfies readonly (readonly [number, readonly JournalEntry[]])[];

test('the rows that came with entries come with them again, up to the first record after a time', async () => {
  const source = await storeOf(NEW);
  const cut = async (untilMs: number) => {
    const target = await storeOf(OLD);
    await target.commit({
      users: [
        { userId: VISITOR, bytes: Uint8Array.of(1) },
        { userId: ANN, bytes: Uint8Array.of(2) },
      ],
    });
    const tail = await takeTail(target, source, untilMs);
    return { target, tail };
  };
  const begun = await cut(20);
  expect(begun.tail).toEqual({ entries: 1, lastMs: 20, leftOut: 6, lost: 0 });
  expect(begunMerges(begun.target)).toEqual([{ visitor: VISITOR, into: ANN }]);
  const merged = await cut(49);
  expect(merged.tail).toEqual({ entries: 4, lastMs: 40, leftOut: 3, lost: 0 });
  expect(begunMerges(merged.target)).toEqual([]);
  expect(merged.target.alias(VISITOR)).toBe(ANN);
  expect(merged.target.user(VISITOR)).toBeUndefined();
  expect(
    [...merged.target.sessions()].map(({ userId, sessionId, seq, atMs }) => [userId, sessionId, seq, atMs]),
  ).toEqual([
    [ANN, 'v-1', 3, 40],
    [VISITOR, 'v-1', 2, 40],
  ]);
  expect([merged.target.hasEventId(ANN, 'o-1'), merged.target.hasEventId(ANN, 'o-2')]).toEqual([true, true]);
  const all = await cut(Infinity);
  expect(all.tail).toEqual({ entries: 7, lastMs: 50, leftOut: 0, lost: 0 });
  expect(all.target.journal.end).toBe(source.journal.end);
  expect([all.target.alias(VISITOR), all.target.user(ANN)]).toEqual([undefined, undefined]);
  expect([all.target.sessionSeq(ANN, 'v-1'), all.target.sessionSeq(ANN, 's-9')]).toEqual([undefined, 4]);
});

test('a record that cannot be read is counted as lost, and those after it are taken', async () => {
  const source = await storeOf(OLD);
  await source.commit({ journal: { count: 3, bytes: Uint8Array.of(1, 2, 3) } });
  await source.commit({ journal: { count: 1, bytes: encodeRecord([click(ANN, 's', 1)], 60) } });
  const target = await storeOf(OLD);
  expect(await takeTail(target, source, Infinity)).toEqual({ entries: 1, lastMs: 60, leftOut: 0, lost: 3 });
});

test('a journal of another history, an older one and one that begins too late are refused', async () => {
  const [old, later] = [await storeOf(OLD), await storeOf(NEW)];
  expect(tailProblem(old, later)).toBeUndefined();
  expect(tailProblem(await storeOf([]), later)).toBeUndefined();
  expect(tailProblem(later, old)).toMatch(/has a journal up to 2, and the snapshot one up to 9: it is older/);
  const other = await storeOf([[11, OLD[0][1]], ...NEW.slice(1)]);
  expect(tailProblem(old, other)).toMatch(/has another record at position 0 than the snapshot/);
  await later.commit({ checkpoint: 9 });
  await later.commit({ dropBefore: 2 });
  expect(tailProblem(old, later)).toMatch(/has no record that the snapshot has/);
  await later.commit({ dropBefore: 3 });
  expect(tailProblem(old, later)).toMatch(
    /has a journal from 3 on, and the snapshot one up to 2: what was between was dropped/,
  );
});
