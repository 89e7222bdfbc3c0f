import { expect, test } from 'vitest';
import { COUNTER } from '../../../../../metrics/table.js';
import { ThreadStats } from '../../../../../metrics/thread-stats.js';
import { ListNovelty, LOOK_EVERY, TOP } from '../../../../../shards/ranking/lists/list-novelty.js';

test('of one list in so many the items are counted, as far as they go, by whether they are among the most popular', () => {
  const stats = ThreadStats.create();
  const popular = { items: Int32Array.from({ length: TOP + 1 }, (_, i) => i), count: TOP + 1 };
  const novelty = new ListNovelty(popular, stats);
  // The last of the popular ones is one too many, and what stands behind the list's end is none of it.
  const list = { items: Int32Array.from([0, TOP - 1, TOP, 5_000, 1]), count: 4 };
  const counted = (): number[] => Object.values(COUNTER.listItems).map((index) => stats.counterValue(index));
  novelty.look(list);
  expect(counted()).toEqual([2, 2]);
  for (let i = 1; i < LOOK_EVERY; i++) novelty.look(list);
  expect(counted()).toEqual([2, 2]);
  novelty.look(list);
  expect(counted()).toEqual([4, 4]);
});
