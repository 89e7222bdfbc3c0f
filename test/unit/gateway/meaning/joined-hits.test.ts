import { expect, test } from 'vitest';
import { joinHits } from '../../../../gateway/meaning/joined-hits.js';
import { SearchIndex } from '../../../../model/catalogue/search/search-index.js';

const TITLES = ['lamp for the garden', 'bin for the house', 'lantern', 'red lamp'];

function indexed(): SearchIndex {
  const index = new SearchIndex();
  TITLES.forEach((title, i) => index.upsert(i, { title }));
  return index;
}

test('an item that has small words of a text alone comes after those that mean the like; one with all its words comes first', () => {
  const hits = indexed().hits('illumination for the patio', 10);
  expect([...hits.items].sort()).toEqual([0, 1]);
  expect(Math.max(...hits.covered)).toBeLessThan(0.5);
  expect([...joinHits(hits, [2, 3, 0], 4)].indexOf(2)).toBeLessThan(2);
  expect(joinHits(hits, [2, 3, 0], 4)[3]).toBe(1);
  const whole = indexed().hits('red lamp', 10);
  expect(whole.covered[0]).toBe(1);
  expect(joinHits(whole, [2, 3], 1)[0]).toBe(3);
});

test('without meaning there are the words alone', () => {
  expect([...joinHits(indexed().hits('lamp', 10), undefined, 1)]).toEqual([3]);
  expect(joinHits(indexed().hits('nothing', 10), undefined, 3)).toHaveLength(0);
});
