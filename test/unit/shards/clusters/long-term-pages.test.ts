import { expect, test } from 'vitest';
import { LongTermPages, PAGE_SHOPPERS, SAMPLE_MAX } from '../../../../shards/clusters/long-term-pages.js';
import { SAMPLE_ITEMS } from '../../../../shards/clusters/long-term-sample.js';
import { WITHHELD } from '../../../../shards/graph/user-consent.js';
import { EVENT_KIND } from '../../../../model/scorer/event-kinds.js';
import { smallGraph } from '../../../support/shards/small-graph.js';
import { effectOf } from '../../../../shards/graph/interest/event-effects.js';

const T0 = 1_760_000_000_000;

/** A graph where the user of row 0 wants item 3 twice as much as item 1, and has a long-term vector. */
function shopper() {
  const graph = smallGraph();
  for (const item of [1, 3, 3]) {
    const touch = { item, category: 0, brand: -1, kind: 0, atMs: T0 };
    graph.touch(0, touch, effectOf(EVENT_KIND.view_item, 0));
  }
  graph.slabs.ownSlow(0);
  graph.slabs.slow.set([0, 3, 0, 4], graph.slabs.slowStart[0] * graph.slabs.bounds.width);
  return graph;
}

test('a page has vectors of length 1 and the strongest items, and no more', () => {
  const pages = new LongTermPages();
  pages.begin([0]);
  const { width, vectors, items, isLast } = pages.next(shopper(), T0);
  expect([width, isLast]).toEqual([4, true]);
  expect([...vectors].map((value) => Math.round(value * 10))).toEqual([0, 6, 0, 8]);
  expect([...items]).toEqual([3, 1, ...Array.from({ length: SAMPLE_ITEMS - 2 }, () => -1)]);
});

test('whoever has no long-term interest, or withholds anything, is in no sample', () => {
  const graph = shopper();
  const told = (): number => {
    const pages = new LongTermPages();
    pages.begin([0, 1]);
    return pages.next(graph, T0).items.length / SAMPLE_ITEMS;
  };
  expect(told()).toBe(1);
  graph.slabs.withheld[0] = WITHHELD.learn;
  expect(told()).toBe(0);
  graph.slabs.withheld[0] = WITHHELD.personalise;
  expect(told()).toBe(0);
});

test('a sample is even, has a bound, and ends', () => {
  const pages = new LongTermPages();
  const graph = shopper();
  pages.begin(Array.from({ length: 2 * SAMPLE_MAX }, () => 0));
  let count = 0;
  for (let isLast = false; !isLast;) {
    const page = pages.next(graph, T0);
    expect(page.items.length / SAMPLE_ITEMS).toBeLessThanOrEqual(PAGE_SHOPPERS);
    count += page.items.length / SAMPLE_ITEMS;
    ({ isLast } = page);
  }
  expect(count).toBe(SAMPLE_MAX);
});
