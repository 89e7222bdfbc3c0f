import { expect, test } from 'vitest';
import { STAMP_MAX } from '../../../../../metrics/stamps.js';
import { SEEN } from '../../../../../shards/graph/interest/event-effects.js';
import { InterestSlabs } from '../../../../../shards/graph/interest/interest-slabs.js';
import { markSeen } from '../../../../../shards/graph/interest/seen-items.js';
import { SeenLookup } from '../../../../../shards/ranking/lists/seen-lookup.js';

const BOUNDS = { users: 2, nodes: 4, edges: 4, clicks: 4, seen: 4, width: 1 };

function twoUsers(): InterestSlabs {
  const slabs = new InterestSlabs(BOUNDS);
  markSeen(slabs, 0, 3, { marks: SEEN.dismissed, clears: 0 });
  markSeen(slabs, 1, 5, { marks: SEEN.purchased, clears: 0 });
  return slabs;
}

test('it knows the marks of one user at a time', () => {
  const lookup = new SeenLookup(8);
  lookup.use(twoUsers(), 0);
  expect([3, 5].map((item) => lookup.marks(item))).toEqual([SEEN.dismissed, 0]);
  lookup.use(twoUsers(), 1);
  expect([3, 5].map((item) => lookup.marks(item))).toEqual([0, SEEN.purchased]);
});

test('what was dismissed stays so however many lists were made', () => {
  const slabs = twoUsers();
  const lookup = new SeenLookup(8, STAMP_MAX - 3);
  for (let list = 0; list < 10; list++) {
    lookup.use(slabs, list % 2);
    expect([3, 5].map((item) => lookup.marks(item))).toEqual(
      list % 2 === 0 ? [SEEN.dismissed, 0] : [0, SEEN.purchased],
    );
  }
});
