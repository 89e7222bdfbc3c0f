import { expect, test } from 'vitest';
import { EVENT_KIND } from '../../../../../model/scorer/event-kinds.js';
import {
  CUT_EVERY,
  INTEREST_PAUSE_MS,
  InterestKeeper,
  SETTLED_CLICKS,
} from '../../../../../shards/graph/communities/interest-keeper.js';
import { INTERESTS_MAX, TUNED_MAX } from '../../../../../shards/graph/interest-rows.js';
import { InterestCodec } from '../../../../../shards/graph/interest/state/interest-codec.js';
import type { InterestGraph } from '../../../../../shards/graph/interest/interest-graph.js';
import { NODE } from '../../../../../shards/graph/interest/interest-slabs.js';
import { weightOf } from '../../../../../shards/graph/interest/nodes.js';
import { readGraph } from '../../../../../shards/disclosure/read-graph.js';
import { HOUR_MS, smallGraph, T0, TIMES } from '../../../../support/shards/small-graph.js';
import { effectOf } from '../../../../../shards/graph/interest/event-effects.js';

const LONG = { ...TIMES, nodeHalfLifeMs: 1_000 * HOUR_MS, edgeHalfLifeMs: 1_000 * HOUR_MS };

/** A graph of large bounds, and a shopper who looks at items of a category: item 10 c + i is of category c. */
function shopper() {
  const graph = smallGraph({ nodes: 40, edges: 80, clicks: 24 });
  const keeper = new InterestKeeper(graph.slabs, LONG);
  let atMs = T0;
  const look = (item: number, ms = 1_000) => {
    atMs += ms;
    graph.beginClick(0, atMs);
    const category = Math.floor(item / 10);
    graph.touch(
      0,
      { item, category, brand: -1, kind: EVENT_KIND.view_item, atMs },
      effectOf(EVENT_KIND.view_item, 0),
    );
    keeper.update(0, 1);
  };
  return { graph, keeper, look, now: () => atMs };
}

function interestOf(graph: InterestGraph, kind: number, key: number): number {
  return graph.slabs.nodeInterest[graph.slabs.nodeStart[0] + graph.find(0, kind, key)];
}

/** Share of an interest's nodes in the weight of all interests' nodes, as the keeper weighs them. */
function shareOfNodes({ slabs }: InterestGraph, interest: number, nowMs: number): number {
  let [own, all] = [0, 0];
  for (let i = slabs.nodeStart[0]; i < slabs.nodeStart[0] + slabs.nodeCount[0]; i++) {
    const weight = Math.max(0, weightOf(slabs, i, nowMs, LONG.nodeHalfLifeMs));
    if (slabs.nodeInterest[i] !== 0) all += weight;
    if (slabs.nodeInterest[i] === interest) own += weight;
  }
  return own / all;
}

test('what was looked at by category are interests; ids stay from click to click, also while another grows stronger', () => {
  const { graph, look, now } = shopper();
  for (const item of [1, 2, 3]) look(item);
  const first = interestOf(graph, NODE.category, 0);
  expect(first).toBe(1);
  const seen = new Set<number>();
  for (const item of [11, 12, 13, 14, 15, 16, 17]) {
    look(item);
    expect(interestOf(graph, NODE.category, 0)).toBe(first);
    seen.add(interestOf(graph, NODE.category, 1));
  }
  expect(seen.size).toBe(1);
  expect(seen.has(first)).toBe(false);
  const { interests } = readGraph(graph, 0, now());
  expect(interests.map(({ id, trend }) => [id, trend])).toEqual([
    [2, 'new'],
    [1, 'fading'],
  ]);
  expect(interests[0].share + interests[1].share).toBeCloseTo(1);
});

test('an interest grows with its clicks, and is back when it is touched after a long pause', () => {
  const { graph, look, now } = shopper();
  for (const item of [1, 2, 3, 11, 12, 13, 14, 15, 16, 17, 18, 1, 2, 3, 4, 5, 6]) look(item);
  const trends = () =>
    Object.fromEntries(readGraph(graph, 0, now()).interests.map(({ id, trend }) => [id, trend]));
  expect(trends()).toEqual({ 1: 'growing', 2: 'fading' });
  look(21, INTEREST_PAUSE_MS + HOUR_MS);
  look(11);
  expect(trends()).toMatchObject({ 2: 'back', 3: 'new' });
  expect(trends()[1]).not.toBe('back');
});

test('there are so many interests at most, and the lightest go without one', () => {
  const { graph, look } = shopper();
  for (let category = 0; category < INTERESTS_MAX + 3; category++)
    for (let i = 0; i < 1 + (category % 3); i++)
      look(category % 4 === 0 ? category * 10 : category * 10 + i, HOUR_MS);
  const { rows } = graph.slabs;
  expect(rows.interestCount[0]).toBe(INTERESTS_MAX);
  const ids = [...rows.interestId.subarray(rows.interestStart[0], rows.interestStart[0] + INTERESTS_MAX)];
  expect(new Set(ids).size).toBe(INTERESTS_MAX);
});

test('a settled graph is cut with every fourth click; a new node between two cuts is of the interest that it hangs on', () => {
  const { graph, look } = shopper();
  for (let i = 0; i < SETTLED_CLICKS; i++) look(i < 6 ? i : 4 + i);
  const [first, second] = [0, 1].map((category) => interestOf(graph, NODE.category, category));
  expect(new Set([first, second, 0]).size).toBe(3);
  look(17);
  expect(interestOf(graph, NODE.item, 17)).toBe(second);
  look(7);
  expect(interestOf(graph, NODE.item, 7)).toBe(first);
  const ofNew = [];
  for (let i = 0; i < CUT_EVERY; i++) {
    look(21 + i);
    ofNew.push(interestOf(graph, NODE.category, 2));
  }
  expect(ofNew.slice(2)).not.toContain(0);
  expect([first, second]).not.toContain(ofNew[3]);
});

test('shares of a settled graph move with the first clicks of a session as with those of a new shopper', () => {
  const { graph, look, now } = shopper();
  for (let i = 0; i < 2 * SETTLED_CLICKS; i++) look(i % 12);
  const { rows } = graph.slabs;
  const shareOf = () => rows.interestShare[rows.interestStart[0] + rows.find(0, 1)];
  look(11, 5 * HOUR_MS);
  const before = shareOf();
  look(1);
  expect(shareOf()).toBeCloseTo(before + 0.25 * (shareOfNodes(graph, 1, now()) - before), 5);
});

test('interests and what was said of them survive being written and read', () => {
  const { graph, keeper, look, now } = shopper();
  for (const item of [1, 2, 11, 12, 13]) look(item);
  graph.slabs.rows.tune(0, 2, { kind: NODE.category, key: 1 }, -2);
  const codec = new InterestCodec(graph);
  const before = readGraph(graph, 0, now());
  codec.decode(1, codec.encode(0).slice());
  expect(readGraph(graph, 1, now())).toEqual(before);
  graph.slabs.rows.lastInterest[1] = 0;
  expect(before.interests.find(({ id }) => id === 2)?.tune).toBe(-2);
  keeper.cut(1);
  expect(readGraph(graph, 1, now()).interests.map(({ id }) => id)).toEqual(
    before.interests.map(({ id }) => id),
  );
});

test('of so many nodes at most something is kept, the latest; of an interest that is gone it is told still', () => {
  const { graph, now } = shopper();
  const { rows } = graph.slabs;
  for (let key = 0; key < TUNED_MAX + 5; key++) rows.tune(0, 1 + (key % 7), { kind: NODE.item, key }, 1);
  expect(rows.tunedCount[0]).toBe(TUNED_MAX);
  expect(rows.isTuned(0, { kind: NODE.item, key: 4 })).toBe(false);
  rows.untune(0, 1);
  const { interests } = readGraph(graph, 0, now());
  expect(interests.map(({ id, tune, share }) => [id, tune, share])).toEqual(
    [2, 3, 4, 5, 6, 7]
      .map((id) => [id, 1, 0])
      .sort((a, b) => interests.findIndex((x) => x.id === a[0]) - interests.findIndex((x) => x.id === b[0])),
  );
  for (let id = 2; id < 8; id++) rows.untune(0, id);
  expect(readGraph(graph, 0, now()).interests).toEqual([]);
});
