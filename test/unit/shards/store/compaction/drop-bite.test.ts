import { expect, test } from 'vitest';
import { BITE_PIECES, nextDrop } from '../../../../../shards/store/compaction/drop-bite.js';
import { encodeRecord } from '../../../../../shards/store/journal-record.js';
import { openMemoryStore } from '../../../../../shards/store/memory/memory-store.js';
import type { ShardStore } from '../../../../../shards/store/store.js';

const REV = [{ entry: 'rev', rev: 1 }] as const;

/** A store of a record for each time; undefined: it does not say when it was. */
async function storeOf(
  times: readonly (number | undefined)[],
  checkpoint = times.length,
): Promise<ShardStore> {
  const store = openMemoryStore();
  for (const atMs of times) void store.commit({ journal: { count: 1, bytes: encodeRecord(REV, atMs) } });
  await store.commit({ checkpoint });
  return store;
}

function beforeOf(store: ShardStore, sinceMs: number): number {
  return nextDrop(store, { sinceMs }, []).before;
}

test('a record without a time is as old as the next one that has one, and the last one stays', async () => {
  const times = [undefined, 10, undefined, undefined, 20, undefined, 30, 40];
  const store = await storeOf(times);
  expect([5, 15, 25, 35, 99].map((sinceMs) => beforeOf(store, sinceMs))).toEqual([0, 2, 5, 7, 7]);
});

test('a bite is bounded, also behind many records without a time', async () => {
  const many = Array.from({ length: 3 * BITE_PIECES }, () => undefined);
  const timed = await storeOf(many.map(() => 10));
  expect(nextDrop(timed, { sinceMs: 99 }, [])).toMatchObject({
    before: BITE_PIECES,
    pieces: BITE_PIECES,
    entries: BITE_PIECES,
    heldBy: undefined,
  });
  expect(beforeOf(await storeOf([...many, 10, 20]), 15)).toBe(many.length + 1);
});

test('what is held is told of when it is beyond the bounds, and only then', async () => {
  const store = await storeOf([10, 20, 30, 40], 2);
  expect(nextDrop(store, { sinceMs: 99 }, [])).toMatchObject({ before: 2, heldBy: 'recovery' });
  expect(nextDrop(store, { sinceMs: 99 }, [{ position: 1, by: 'a snapshot' }])).toMatchObject({
    before: 1,
    heldBy: 'a snapshot',
  });
  expect(nextDrop(store, { sinceMs: 15 }, [])).toMatchObject({ before: 1, heldBy: undefined });
  expect(nextDrop(store, {}, [])).toMatchObject({ before: 0, heldBy: undefined });
});
