import { expect, test } from 'vitest';
import { diversify } from '../../../../../shards/ranking/lists/diversity.js';
import {
  createOrderedList,
  insertByScore,
  type OrderedList,
} from '../../../../../shards/ranking/lists/ordered-list.js';

function listOf(scores: Readonly<Record<number, number>>): OrderedList {
  const list = createOrderedList(16);
  for (const [item, score] of Object.entries(scores)) insertByScore(list, Number(item), score, 0);
  return list;
}

const itemsOf = (list: OrderedList, count = list.count) => [...list.items.subarray(0, count)];
/** Items 0 to 3 are of category 0, items 4 to 7 of category 1, the others of none. */
const CATEGORY = Int32Array.of(0, 0, 0, 0, 1, 1, 1, 1, -1, -1, -1);

test('0 leaves the order by score', () => {
  const list = listOf({ 0: 4, 1: 3, 2: 2, 4: 1 });
  diversify(list, 4, 0, CATEGORY);
  expect(itemsOf(list)).toEqual([0, 1, 2, 4]);
});

test('1 takes a quarter of the spread off for each item of the category before it, by hand', () => {
  const list = listOf({ 0: 4, 1: 3.5, 2: 3, 4: 2.8, 8: 0 });
  diversify(list, 5, 1, CATEGORY);
  // Spread 4, penalty 1: after item 0 its category is worth 1 less, so 4 (2.8) comes before 1 (2.5) and 2 (1).
  expect(itemsOf(list)).toEqual([0, 4, 1, 2, 8]);
  [4, 2.8, 2.5, 1, 0].forEach((score, place) => expect(list.scores[place]).toBeCloseTo(score, 5));
});

test('items without a category are all different', () => {
  const list = listOf({ 8: 4, 9: 3.9, 10: 3.8, 0: 0 });
  diversify(list, 4, 1, CATEGORY);
  expect(itemsOf(list)).toEqual([8, 9, 10, 0]);
});

test('it may bring in items from beyond the places', () => {
  const list = listOf({ 0: 4, 1: 3.9, 2: 3.8, 3: 3.7, 4: 3.6, 8: 0 });
  diversify(list, 2, 1, CATEGORY);
  expect(itemsOf(list, 2)).toEqual([0, 4]);
});
