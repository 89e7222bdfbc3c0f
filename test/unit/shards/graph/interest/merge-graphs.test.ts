import { expect, test } from 'vitest';
import { EVENT_KIND } from '../../../../../model/scorer/event-kinds.js';
import { SEEN } from '../../../../../shards/graph/interest/event-effects.js';
import { NODE } from '../../../../../shards/graph/interest/interest-slabs.js';
import { mergeGraphs } from '../../../../../shards/graph/interest/merge-graphs.js';
import { seenMarks } from '../../../../../shards/graph/interest/seen-items.js';
import { CLICK_ORDER_MAX } from '../../../../../shards/graph/interest/session-clicks.js';
import {
  edgesOf,
  HOUR_MS,
  search,
  smallGraph,
  T0,
  touch,
  weightsOf,
} from '../../../../support/shards/small-graph.js';

const { view_item: VIEW, purchase: PURCHASE } = EVENT_KIND;
const HOST = 0;
const GUEST = 1;

test('weights add up as of any time, whoever touched last', () => {
  const graph = smallGraph();
  touch(graph, HOST, 1, PURCHASE, T0);
  touch(graph, GUEST, 1, VIEW, T0 + HOUR_MS);
  touch(graph, GUEST, 2, VIEW, T0 + HOUR_MS);
  mergeGraphs(graph, HOST, GUEST);
  const weights = weightsOf(graph, HOST, T0 + 3 * HOUR_MS);
  expect(weights['item:1']).toBeCloseTo(5 / 8 + 1 / 4, 6);
  expect(weights['item:2']).toBeCloseTo(1 / 4, 6);
});

test('the state touched later stays', () => {
  const graph = smallGraph();
  const set = (row: number, value: number) =>
    graph.setState(row, graph.find(row, NODE.item, 1), new Float32Array(8).fill(value, 0, 4), 0);
  touch(graph, HOST, 1, VIEW, T0 + 5);
  set(HOST, 0.5);
  touch(graph, GUEST, 1, VIEW, T0);
  set(GUEST, 0.25);
  mergeGraphs(graph, HOST, GUEST);
  expect(
    graph.slabs.nodeState.of(graph.slabs.nodeStart[HOST] + graph.find(HOST, NODE.item, 1))[0],
  ).toBeCloseTo(0.5, 6);
});

test('edges, seen marks and terms join', () => {
  const graph = smallGraph();
  touch(graph, HOST, 1, VIEW, T0);
  touch(graph, HOST, 2, VIEW, T0);
  search(graph, GUEST, 9, 'mug', T0);
  touch(graph, GUEST, 1, PURCHASE, T0);
  touch(graph, GUEST, 2, VIEW, T0);
  mergeGraphs(graph, HOST, GUEST);
  const edges = edgesOf(graph, HOST);
  expect(edges['item:1>item:2']).toBe(2);
  expect(edges['term:9>item:1']).toBe(1);
  expect(seenMarks(graph.slabs, HOST, 1)).toBe(SEEN.viewed | SEEN.purchased);
  expect(graph.term(HOST, graph.find(HOST, NODE.term, 9))).toBe('mug');
});

test('when the guest clicked last, their session goes on; when the host did, the host’s', () => {
  for (const [hostMs, guestMs, clicks] of [
    [T0, T0 + 1_000, [7, 8]],
    [T0 + 1_000, T0, [1, 2]],
  ] as const) {
    const graph = smallGraph();
    for (const item of [1, 2]) touch(graph, HOST, item, VIEW, hostMs);
    for (const item of [7, 8]) touch(graph, GUEST, item, VIEW, guestMs);
    mergeGraphs(graph, HOST, GUEST);
    const { slabs } = graph;
    expect([...slabs.clickItem.subarray(0, slabs.clickCount[HOST])]).toEqual(clicks);
    touch(graph, HOST, 3, VIEW, T0 + 2_000);
    expect(edgesOf(graph, HOST)[`item:${clicks[1]}>item:3`]).toBe(1);
    expect(graph.predecessor(HOST)).toBe(graph.find(HOST, NODE.item, clicks[1]));
  }
});

test('the guest stays as they were', () => {
  const graph = smallGraph();
  touch(graph, HOST, 1, VIEW, T0);
  touch(graph, GUEST, 2, VIEW, T0);
  const before = [weightsOf(graph, GUEST, T0), edgesOf(graph, GUEST)];
  mergeGraphs(graph, HOST, GUEST);
  expect([weightsOf(graph, GUEST, T0), edgesOf(graph, GUEST)]).toEqual(before);
});

test('clicks beyond what an order counts stay the latest', () => {
  const graph = smallGraph();
  touch(graph, HOST, 1, VIEW, T0);
  touch(graph, GUEST, 2, VIEW, T0 + 5);
  graph.slabs.order[HOST] = graph.slabs.order[GUEST] = CLICK_ORDER_MAX - 1;
  mergeGraphs(graph, HOST, GUEST);
  for (const item of [3, 4, 5]) touch(graph, HOST, item, VIEW, T0 + item * 1_000);
  touch(graph, HOST, 6, VIEW, T0 + 5 * HOUR_MS);
  const { order, sessionOrder, nodeOrder } = graph.slabs;
  expect([order[HOST], sessionOrder[HOST]]).toEqual([CLICK_ORDER_MAX, CLICK_ORDER_MAX]);
  for (const item of [3, 6])
    expect(nodeOrder[graph.slabs.nodeStart[HOST] + graph.find(HOST, NODE.item, item)]).toBe(CLICK_ORDER_MAX);
});
