import { describe, expect, test } from 'vitest';
import { EVENT_KIND } from '../../../../../model/scorer/event-kinds.js';
import type { InterestGraph } from '../../../../../shards/graph/interest/interest-graph.js';
import { SessionFacts } from '../../../../../shards/ranking/scoring/session-facts.js';
import { HOUR_MS, smallGraph, T0, touch, touchedItem } from '../../../../support/shards/small-graph.js';

const VIEW = EVENT_KIND.view_item;
const CATEGORY = Int32Array.from({ length: 40 }, (_, item) => touchedItem(item).category);

/** A graph in which the user of `slot` clicked these. */
function clicked(items: readonly number[], row = 0, graph = smallGraph({ nodes: 20 })): InterestGraph {
  for (const item of items) touch(graph, row, item, VIEW, T0);
  return graph;
}

/** Item, distance and clicks of each distinct item. */
function itemsOf({ items, item, distance, clicks }: SessionFacts): number[][] {
  return Array.from({ length: items }, (_, i) => [item[i], distance[i], clicks[i]]);
}

/** Share of a category that is written; 0 for one that is not. */
function shareOf(facts: SessionFacts, code: number): number {
  const codes = new Int32Array(64);
  const shares = new Float32Array(64);
  const count = facts.writeShares(codes, shares);
  const at = codes.subarray(0, count).indexOf(code);
  return at < 0 ? 0 : shares[at];
}

describe('facts of a session', () => {
  test('are its distinct items, the latest first, with how far back and how often each was clicked', () => {
    const facts = new SessionFacts(clicked([3, 1, 3, 6, 1]).slabs, CATEGORY);
    facts.use(0);
    expect(facts.last).toBe(1);
    expect(itemsOf(facts)).toEqual([
      [1, 0, 2],
      [6, 1, 1],
      [3, 2, 2],
    ]);
  });

  test('know which share of the items is in a category, each item counted once', () => {
    // Categories 0, 1, 0, 2, and none.
    const facts = new SessionFacts(clicked([3, 1, 3, 6, 2, 4]).slabs, CATEGORY);
    facts.use(0);
    expect(facts.items).toBe(5);
    expect([0, 1, 2, 7].map((code) => shareOf(facts, code))).toEqual(
      [2 / 5, 1 / 5, 1 / 5, 0].map(Math.fround),
    );
    expect(shareOf(facts, -1)).toBe(0);
  });

  test('begin anew with a session', () => {
    const graph = clicked([3, 1, 6]);
    touch(graph, 0, 2, VIEW, T0 + HOUR_MS);
    touch(graph, 0, 1, VIEW, T0 + HOUR_MS);
    const facts = new SessionFacts(graph.slabs, CATEGORY);
    facts.use(0);
    expect(itemsOf(facts)).toEqual([
      [1, 0, 1],
      [2, 1, 1],
    ]);
    expect([0, 1, 2].map((code) => shareOf(facts, code))).toEqual([0, 1 / 2, 1 / 2]);
  });

  test('are of one user, and then of the next', () => {
    const graph = clicked([3, 1, 3]);
    clicked([2], 1, graph);
    const facts = new SessionFacts(graph.slabs, CATEGORY);
    facts.use(0);
    facts.use(1);
    expect([facts.last, itemsOf(facts), shareOf(facts, 0), shareOf(facts, 2)]).toEqual([
      2,
      [[2, 0, 1]],
      0,
      1,
    ]);
    facts.use(2);
    expect([facts.last, facts.items, shareOf(facts, 2)]).toEqual([-1, 0, 0]);
    facts.use(0);
    expect([facts.last, facts.items, shareOf(facts, 2)]).toEqual([3, 2, 0]);
  });

  test('tell the last clicks only of a longer session', () => {
    const facts = new SessionFacts(clicked([0, 3, 6, 9, 12, 15, 18, 15]).slabs, CATEGORY);
    facts.use(0);
    expect(itemsOf(facts)).toEqual([
      [15, 0, 2],
      [18, 1, 1],
      [12, 3, 1],
      [9, 4, 1],
      [6, 5, 1],
    ]);
  });
});
