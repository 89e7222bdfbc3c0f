import { expect, test } from 'vitest';
import { SEARCH_KEPT_MS, SearchMemory, SEARCHES_REMEMBERED } from '../../../../shards/live/search-memory.js';

const search = () => ({ hits: Int32Array.of(1), order: 0, strength: 1 });

test('the one who left longest ago is forgotten first, and whoever comes and leaves again counts from then', () => {
  const memory = new SearchMemory();
  for (let i = 0; i < SEARCHES_REMEMBERED; i++) memory.keep(`u${i}`, search(), 0);
  memory.keep('u0', search(), 1);
  memory.keep('new', search(), 1);
  expect(memory.size).toBe(SEARCHES_REMEMBERED);
  expect([memory.of('u0', 1), memory.of('new', 1)]).toEqual([search(), search()]);
  expect(memory.of('u1', 1)).toBeUndefined();
});

test('a search is there until its session is over; one that has faded, or whose user is gone, is not', () => {
  const memory = new SearchMemory();
  memory.keep('ann', search(), 5);
  expect(memory.of('ann', 4 + SEARCH_KEPT_MS)).toEqual(search());
  expect(memory.of('ann', 5 + SEARCH_KEPT_MS)).toBeUndefined();
  memory.keep('ann', undefined, 6);
  expect(memory.size).toBe(0);
  memory.keep('bob', search(), 6);
  memory.forget('bob');
  expect(memory.of('bob', 6)).toBeUndefined();
});
