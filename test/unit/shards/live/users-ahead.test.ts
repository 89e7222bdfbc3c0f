import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { TOGETHER_MAX, UsersAhead, WAITING_MAX } from '../../../../shards/live/users-ahead.js';

/** A store whose reads end when they are told to. */
class SlowStore {
  readonly asked: (readonly string[])[] = [];
  #end: ((error?: Error) => void) | undefined;

  readUsersAhead(userIds: readonly string[]): Promise<void> {
    this.asked.push(userIds);
    return new Promise((resolve, reject) => {
      this.#end = (error) => (error === undefined ? resolve() : reject(error));
    });
  }

  async end(error?: Error): Promise<void> {
    this.#end?.(error);
    await setImmediate();
  }
}

test('who comes while others are read is read after them, together, a bounded number at a time', async () => {
  const store = new SlowStore();
  const ahead = new UsersAhead(store);
  ahead.read('ann');
  for (let i = 0; i < TOGETHER_MAX + 2; i++) ahead.read(`user-${i}`);
  expect(store.asked).toEqual([['ann']]);
  await store.end();
  expect(store.asked[1]).toHaveLength(TOGETHER_MAX);
  await store.end();
  expect(store.asked[2]).toEqual([`user-${TOGETHER_MAX}`, `user-${TOGETHER_MAX + 1}`]);
  await store.end();
  ahead.read('bob');
  expect(store.asked[3]).toEqual(['bob']);
});

test('more than so many are not waited for', async () => {
  const store = new SlowStore();
  const ahead = new UsersAhead(store);
  for (let i = 0; i < WAITING_MAX + 100; i++) ahead.read(`user-${i}`);
  for (let reads = 0; reads < store.asked.length; reads++) await store.end();
  expect(store.asked.flat()).toHaveLength(WAITING_MAX + 1);
});

test('a store that was closed meanwhile ends nothing', async () => {
  const store = new SlowStore();
  const ahead = new UsersAhead(store);
  for (const user of ['ann', 'bob']) ahead.read(user);
  await store.end(new Error('closed'));
  expect(store.asked).toEqual([['ann']]);
  ahead.read('eve');
  expect(store.asked).toEqual([['ann'], ['eve']]);
});
