import { expect, test } from 'vitest';
import { openLmdbStore } from '../../../../../shards/store/lmdb/lmdb-store.js';
import type { ShardStore, VerifyPlace } from '../../../../../shards/store/store.js';
import { temporaryFolder } from '../../../../support/store/store-kinds.js';

async function filled(rows: number): Promise<ShardStore> {
  const store = await openLmdbStore({ folder: temporaryFolder() });
  const users = Array.from({ length: rows }, (_, i) => ({
    userId: `user-${i}`,
    bytes: Buffer.alloc(3_000, i),
  }));
  await store.commit({ users, journal: { count: 1, bytes: Buffer.from('a record') } });
  return store;
}

test('a look at all rows is the same when they are read ahead', async () => {
  const store = await filled(200);
  const look = async (isAhead: boolean): Promise<number[]> => {
    const counts: number[] = [];
    for (
      let place: VerifyPlace | undefined, isFirst = true;
      isFirst || place !== undefined;
      isFirst = false
    ) {
      if (isAhead) await store.readAhead(place, 64);
      const bite = store.verify(place, 64);
      counts.push(bite.count);
      place = bite.next;
    }
    return counts;
  };
  const counts = await look(true);
  expect(counts).toEqual(await look(false));
  expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(200);
  await store.close();
});

test('a store is closed when what is read ahead has come, and reads nothing ahead afterwards', async () => {
  const store = await filled(200);
  const order: string[] = [];
  const reading = Array.from({ length: 8 }, () =>
    store.readAhead(undefined, 64).then(() => order.push('read')),
  );
  await store.close();
  order.push('closed');
  await Promise.all(reading);
  expect(order).toEqual([...Array.from({ length: 8 }, () => 'read'), 'closed']);
  expect(() => store.readAhead(undefined, 64)).toThrow('closed');
});

test('users are read ahead whether there is a state of theirs or not, and also of a retired one', async () => {
  const store = await filled(10);
  await store.commit({ rebuilt: [{ userId: 'user-1', bytes: Buffer.from('anew') }] });
  await store.commit({ states: { op: 'adopt', model: 7 } });
  await store.readUsersAhead([]);
  await store.readUsersAhead(['user-1', 'user-2', 'nobody', 'user-3', 'user-4', 'user-5']);
  expect(Buffer.from(store.user('user-1')!).toString()).toBe('anew');
  expect(store.isRetired('user-2')).toBe(true);
  const reading = store.readUsersAhead(['user-2']);
  await store.close();
  await reading;
  expect(() => store.readUsersAhead(['user-2'])).toThrow('closed');
});
