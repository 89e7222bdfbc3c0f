import { expect, test } from 'vitest';
import { dropJournal } from '../../../../../shards/store/compaction/drop-journal.js';
import { BITE_PIECES, recordsBeyond } from '../../../../../shards/store/compaction/drop-bite.js';
import { encodeRecord } from '../../../../../shards/store/journal-record.js';
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
  expect(recordsBeyond(store, since(4), [])).toMatchObject({ before: 4, heldBy: undefined });
  expect(recordsBeyond(store, since(-1), [])).toMatchObject({ before: 0, heldBy: undefined });
  expect(recordsBeyond(store, { bytes: 3 * REV }, [])).toMatchObject({ before: 7, heldBy: undefined });
  expect(recordsBeyond(store, { bytes: 3 * REV, ...since(9) }, [])).toMatchObject({
    before: 9,
    heldBy: undefined,
  });
  const needs = [
    { position: 6, by: 'a rebuild' },
    { position: 5, by: 'a snapshot' },
  ];
  expect(recordsBeyond(store, since(9), needs)).toMatchObject({ before: 5, heldBy: 'a snapshot' });
  expect(recordsBeyond(store, since(5), needs)).toMatchObject({ before: 5, heldBy: undefined });
  expect(recordsBeyond(await storeOf(10, 2), since(9), needs)).toMatchObject({
    before: 2,
    heldBy: 'recovery',
  });
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
  expect(recordsBeyond(store, { bytes: 0 }, [])).toMatchObject({
    before: 0,
    heldBy: 'users who are to be made anew at the next start',
  });
});

test('bite after bite goes, each in a commit, up to what somebody needs and never the last one', async () => {
  const count = 3 * BITE_PIECES + 10;
  const store = await storeOf(count);
  const commit = store.commit.bind(store);
  const bites: number[] = [];
  store.commit = (batch) => {
    bites.push((batch.dropBefore ?? 0) - store.journal.start);
    return commit(batch);
  };
  const need = { position: count - 5, by: 'a snapshot' };
  expect(await dropJournal(store, { bytes: 0 }, [need])).toEqual({
    from: 0,
    to: count - 5,
    before: count - 5,
    heldBy: 'a snapshot',
  });
  expect(bites).toEqual([BITE_PIECES, BITE_PIECES, BITE_PIECES, 5]);
  expect(await dropJournal(store, { bytes: 0 }, [])).toMatchObject({ from: count - 5, to: count - 1 });
  expect(await dropJournal(store, { bytes: 0 }, [])).toMatchObject({ from: count - 1, to: count - 1 });
});
