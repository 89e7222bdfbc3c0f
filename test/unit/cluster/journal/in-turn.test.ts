import { expect, test } from 'vitest';
import { inTurn, type Doors } from '../../../../cluster/journal/stream-doors.js';

const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const never = new Promise<never>(() => undefined);

function doors(): Doors {
  return { clients: [], managers: [{}, {}], order: { first: 0 }, pause } as unknown as Doors;
}

test('where the first connection is silent the other one is asked, and first from then on', async () => {
  const both = doors();
  const asked: number[] = [];
  const ask = (at: number): Promise<number> => {
    asked.push(at);
    return at === 0 ? never : Promise.resolve(at);
  };
  expect(await inTurn(both, { times: 2 }, ask)).toBe(1);
  expect(await inTurn(both, { times: 2 }, ask)).toBe(1);
  expect(asked).toEqual([0, 1, 1]);
  expect(await inTurn(both, { times: 2, first: 1 }, (at) => Promise.resolve(at))).toBe(0);
});

test('one that is asked twice is not asked twice over the same connection, whatever others find meanwhile', async () => {
  const both = doors();
  const asked: number[] = [];
  const answer = inTurn(both, { times: 2 }, (at) => {
    asked.push(at);
    both.order.first = 1;
    return asked.length === 1 ? never : Promise.resolve(at);
  });
  expect(await answer).toBe(1);
  expect(asked).toEqual([0, 1]);
});

test('one that fails is followed by the other at once', async () => {
  const leaderless = (at: number): Promise<number> =>
    at === 0 ? Promise.reject(new Error('the stream has no leader')) : Promise.resolve(at);
  expect(await inTurn({ ...doors(), pause: () => never }, { times: 2 }, leaderless)).toBe(1);
});
