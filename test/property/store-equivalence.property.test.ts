import fc from 'fast-check';
import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openLmdbStore } from '../../shards/store/lmdb/lmdb-store.js';
import { openMemoryStore } from '../../shards/store/memory/memory-store.js';
import type { ShardStore } from '../../shards/store/store.js';
import { contentOf, temporaryFolder } from '../support/store/store-kinds.js';

const DAY_MS = 86_400_000;
const NAMES = {
  users: ['', 'a', 'ab', '\ud83d', '€', '\0'],
  sessions: ['', 'b', 'ab', '€'],
  eventIds: ['', 'e', 'be'],
  blobs: ['', 'r', 'r/1', 'r/€', 'x'],
};

const user = fc.constantFrom(...NAMES.users);
const bytes = fc.uint8Array({ maxLength: 40 });
const orNone = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 });
const few = <T>(row: fc.Arbitrary<T>) => orNone(fc.array(row, { maxLength: 4 }));
const atMs = fc.integer({ min: 0, max: 5 * DAY_MS });

/** A batch, with the checkpoint as a share of the distance to the journal's end. */
const batch = fc.record({
  journal: orNone(fc.record({ count: fc.integer({ min: 1, max: 5 }), bytes })),
  sessions: few(
    fc.record({ userId: user, sessionId: fc.constantFrom(...NAMES.sessions), seq: fc.nat(), atMs }),
  ),
  eventIds: few(fc.record({ userId: user, eventId: fc.constantFrom(...NAMES.eventIds), atMs })),
  users: few(fc.record({ userId: user, bytes: orNone(bytes) })),
  rebuilt: few(fc.record({ userId: user, bytes: orNone(bytes) })),
  states: orNone(
    fc.oneof(
      fc.constant({ op: 'clear' as const }),
      fc.record({ op: fc.constantFrom('name' as const, 'adopt' as const), model: fc.nat(9) }),
    ),
  ),
  aliases: few(fc.record({ userId: user, to: orNone(user) })),
  blobs: few(fc.record({ key: fc.constantFrom(...NAMES.blobs), bytes: orNone(bytes) })),
  dropShare: orNone(fc.double({ min: 0, max: 1, noNaN: true })),
  checkpointShare: orNone(fc.double({ min: 0, max: 1, noNaN: true })),
});
type Batch = typeof batch extends fc.Arbitrary<infer T> ? T : never;

const step = fc.oneof(
  { weight: 8, arbitrary: batch.map((value) => ({ do: 'commit' as const, batch: value })) },
  { weight: 2, arbitrary: fc.constant({ do: 'wait' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'turn' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'reopen' as const }) },
);

function commitTo(store: ShardStore, { checkpointShare, dropShare, ...rest }: Batch): Promise<void> {
  const end = store.journal.end + (rest.journal?.count ?? 0);
  const checkpoint =
    checkpointShare === undefined
      ? undefined
      : store.checkpoint + Math.floor((end - store.checkpoint) * checkpointShare);
  const dropBefore =
    dropShare === undefined ? undefined : Math.floor((checkpoint ?? store.checkpoint) * dropShare);
  return store.commit({ ...rest, checkpoint, dropBefore });
}

/** Memory drops record by record, files as a whole: what `store` holds from where the journal of `memory` begins, which is not before its own. */
function sinceStartOf(memory: ShardStore, store: ShardStore): object {
  const { start } = memory.journal;
  expect(store.journal.start).toBeLessThanOrEqual(start);
  const { journal, journalStart: _, ...rows } = contentOf(store, NAMES);
  return { ...rows, journal: journal.filter(([position]) => Number(position) >= start) };
}

test('LMDB and memory hold the same after any sequence of commits and reopenings', async () => {
  const folder = temporaryFolder();
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      const own = `${folder}/${runs++}`;
      const memory = openMemoryStore();
      let lmdb = await openLmdbStore({ folder: own });
      let last: Promise<void> = Promise.resolve();
      for (const now of steps) {
        if (now.do === 'commit') {
          void commitTo(memory, now.batch);
          last = commitTo(lmdb, now.batch);
        } else if (now.do === 'wait') await last;
        else if (now.do === 'turn') await new Promise((resolve) => setImmediate(resolve));
        else {
          await lmdb.close();
          lmdb = await openLmdbStore({ folder: own });
        }
        expect(sinceStartOf(memory, lmdb)).toEqual(sinceStartOf(memory, memory));
        const from = Math.max(memory.journal.start, Math.floor(memory.journal.end / 2));
        expect([...lmdb.journal.from(from)].map(({ position }) => position)).toEqual(
          [...memory.journal.from(from)].map(({ position }) => position),
        );
      }
      await lmdb.close();
      rmSync(own, { recursive: true });
    }),
    { numRuns: 40 },
  );
}, 60_000);
