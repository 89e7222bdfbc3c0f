import { expect, test } from 'vitest';
import { SEEN } from '../../../../../shards/graph/interest/event-effects.js';
import { markSeen, seenMarks } from '../../../../../shards/graph/interest/seen-items.js';
import { smallGraph } from '../../../../support/shards/small-graph.js';

const BOUND = 8;

test('marks are set and cleared bit by bit, for one user alone', () => {
  const { slabs } = smallGraph();
  markSeen(slabs, 1, 5, { marks: SEEN.viewed | SEEN.carted, clears: 0 });
  markSeen(slabs, 1, 5, { marks: SEEN.purchased, clears: SEEN.carted });
  expect(seenMarks(slabs, 1, 5)).toBe(SEEN.viewed | SEEN.purchased);
  expect(seenMarks(slabs, 0, 5)).toBe(0);
});

test('clearing what was never seen remembers nothing', () => {
  const { slabs } = smallGraph();
  markSeen(slabs, 0, 5, { marks: 0, clears: SEEN.carted });
  expect(slabs.seenCount[0]).toBe(0);
});

test('in a full table the oldest item that was merely viewed makes room', () => {
  const { slabs } = smallGraph();
  markSeen(slabs, 0, 0, { marks: SEEN.purchased, clears: 0 });
  for (let item = 1; item < BOUND; item++) markSeen(slabs, 0, item, { marks: SEEN.viewed, clears: 0 });
  markSeen(slabs, 0, 100, { marks: SEEN.viewed, clears: 0 });
  expect(slabs.seenCount[0]).toBe(BOUND);
  expect([0, 1, 2, 100].map((item) => seenMarks(slabs, 0, item))).toEqual([
    SEEN.purchased,
    0,
    SEEN.viewed,
    SEEN.viewed,
  ]);
});

test('when all were bought or dismissed, the oldest of these makes room', () => {
  const { slabs } = smallGraph();
  for (let item = 0; item < BOUND; item++) markSeen(slabs, 0, item, { marks: SEEN.dismissed, clears: 0 });
  markSeen(slabs, 0, 100, { marks: SEEN.viewed, clears: 0 });
  expect(seenMarks(slabs, 0, 0)).toBe(0);
  expect(seenMarks(slabs, 0, 1)).toBe(SEEN.dismissed);
});
