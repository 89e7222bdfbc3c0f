import { describe, expect, test } from 'vitest';
import { EVENT_KIND } from '../../../../../model/scorer/event-kinds.js';
import { NODE } from '../../../../../shards/graph/interest/interest-slabs.js';
import { effectOf, SEEN } from '../../../../../shards/graph/interest/event-effects.js';
import { seenMarks } from '../../../../../shards/graph/interest/seen-items.js';
import { termKey } from '../../../../../shards/shard/event-applier.js';
import {
  edgesOf,
  HOUR_MS,
  search,
  smallGraph,
  T0,
  touch,
  weightsOf,
} from '../../../../support/shards/small-graph.js';

const {
  view_item: VIEW,
  purchase: PURCHASE,
  add_to_cart: CART,
  remove_from_cart: UNCART,
  dismiss_item: DISMISS,
  rate_item: RATE,
  review: REVIEW,
} = EVENT_KIND;

/** Expects numbers by name, to six digits. */
function expectNumbers(actual: Record<string, number>, expected: Record<string, number>): void {
  expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
  for (const [name, value] of Object.entries(expected)) expect(actual[name], name).toBeCloseTo(value, 5);
}

describe('weights', () => {
  test('a view weighs 1 on its item, half on the category, 0.3 on the brand', () => {
    const graph = smallGraph();
    touch(graph, 0, 1, VIEW, T0);
    expectNumbers(weightsOf(graph, 0, T0), { 'item:1': 1, 'category:1': 0.5, 'brand:1': 0.3 });
  });

  test('halve with every half-life and add up', () => {
    const graph = smallGraph();
    touch(graph, 0, 1, VIEW, T0);
    touch(graph, 0, 1, PURCHASE, T0 + HOUR_MS);
    expectNumbers(weightsOf(graph, 0, T0 + 2 * HOUR_MS), {
      'item:1': (0.5 + 5) / 2,
      'category:1': (0.25 + 2.5) / 2,
      'brand:1': (0.15 + 1.5) / 2,
    });
  });

  test('an event that comes late is added in full and sets no clock back', () => {
    const graph = smallGraph();
    touch(graph, 0, 1, VIEW, T0);
    touch(graph, 0, 1, VIEW, T0 - HOUR_MS);
    expect(weightsOf(graph, 0, T0)['item:1']).toBe(2);
    expect(graph.slabs.nodeAt[graph.slabs.nodeStart[0]]).toBe(T0);
    expect(graph.slabs.lastClickMs[0]).toBe(T0);
  });

  test.each([
    ['a view', VIEW, 0, 1],
    ['a cart', CART, 0, 3],
    ['a purchase', PURCHASE, 0, 5],
    ['five stars', RATE, 5, 3],
    ['three stars', RATE, 3, 0.5],
    ['a review that praises', REVIEW, 1, 3],
    ['a review that likes it on the whole', REVIEW, 0.5, 1.5],
    ['a review that says nothing', REVIEW, 0, 0.5],
  ])('%s is a click of its weight', (_name, kind, value, weight) => {
    const graph = smallGraph();
    const node = touch(graph, 0, 1, kind, T0, value);
    expect(graph.weight(0, node, T0)).toBe(weight);
    expect(graph.slabs.order[0]).toBe(1);
  });

  test('a bad review weakens the item, its edges and a little its brand, and leaves the category alone', () => {
    const graph = smallGraph();
    touch(graph, 0, 1, PURCHASE, T0);
    touch(graph, 0, 2, VIEW, T0);
    const before = { ...weightsOf(graph, 0, T0) };
    const edges = { ...edgesOf(graph, 0) };
    touch(graph, 0, 1, REVIEW, T0, -0.6);
    const after = weightsOf(graph, 0, T0);
    expect(after['item:1']).toBeCloseTo(before['item:1'] - 3, 5);
    expect(after['brand:1']).toBeCloseTo(before['brand:1'] - 0.6, 5);
    expect(after['category:1']).toBe(before['category:1']);
    expect(graph.slabs.order[0]).toBe(2);
    const left = edgesOf(graph, 0);
    for (const [name, weight] of Object.entries(edges))
      expect(left[name], name).toBeCloseTo(name.includes('item:1') ? 0.7 * weight : weight, 5);
  });

  test('a number that no review has counts as the nearest that one can have', () => {
    expect(effectOf(REVIEW, -9)).toBe(effectOf(REVIEW, -1));
    expect(effectOf(REVIEW, 9)).toBe(effectOf(REVIEW, 1));
  });

  test('what is put back wanes, and is no click', () => {
    const graph = smallGraph();
    touch(graph, 0, 1, CART, T0);
    touch(graph, 0, 1, UNCART, T0);
    expectNumbers(weightsOf(graph, 0, T0), { 'item:1': 1, 'category:1': 0.5, 'brand:1': 0.3 });
    expect(graph.slabs.order[0]).toBe(1);
    expect(seenMarks(graph.slabs, 0, 1)).toBe(SEEN.viewed);
  });

  test('an impression leaves the graph alone', () => {
    const graph = smallGraph();
    expect(touch(graph, 0, 1, EVENT_KIND.view_item_list, T0)).toBe(-1);
    expect(weightsOf(graph, 0, T0)).toEqual({});
  });

  test('a dismissed item is marked until it is clicked again, its category wanes, and it gets no node', () => {
    const graph = smallGraph();
    expect(touch(graph, 0, 1, DISMISS, T0)).toBe(-1);
    expectNumbers(weightsOf(graph, 0, T0), { 'category:1': -2.5, 'brand:1': -1.5 });
    expect(seenMarks(graph.slabs, 0, 1)).toBe(SEEN.dismissed);
    touch(graph, 0, 1, VIEW, T0);
    expect(seenMarks(graph.slabs, 0, 1)).toBe(SEEN.viewed);
  });

  test('an item without category and brand has neither node nor edge for them', () => {
    const graph = smallGraph();
    graph.beginClick(0, T0);
    graph.touch(0, { item: 4, category: -1, brand: -1, kind: VIEW, atMs: T0 }, effectOf(VIEW, 0));
    expect(weightsOf(graph, 0, T0)).toEqual({ 'item:4': 1 });
    expect(edgesOf(graph, 0)).toEqual({});
  });
});

describe('edges', () => {
  test('a click adds one from the item before it, to its category and to its brand', () => {
    const graph = smallGraph();
    touch(graph, 0, 1, VIEW, T0);
    touch(graph, 0, 2, VIEW, T0);
    expect(edgesOf(graph, 0)).toEqual({
      'item:1>category:1': 1,
      'item:1>brand:1': 1,
      'item:1>item:2': 1,
      'item:2>category:2': 1,
      'item:2>brand:0': 1,
    });
  });

  test('a way gone again weighs more, the earlier times decayed', () => {
    const graph = smallGraph();
    for (const [i, item] of [1, 2, 1, 2].entries()) touch(graph, 0, item, VIEW, T0 + (i * HOUR_MS) / 4);
    expect(edgesOf(graph, 0)['item:1>item:2']).toBeCloseTo(1 + Math.pow(2, -0.25), 6);
  });

  test('a repeat of the same item adds no loop', () => {
    const graph = smallGraph();
    touch(graph, 0, 1, VIEW, T0);
    touch(graph, 0, 1, VIEW, T0);
    expect(Object.keys(edgesOf(graph, 0))).toEqual(['item:1>category:1', 'item:1>brand:1']);
  });

  test('the first click of a session follows nothing', () => {
    const graph = smallGraph();
    touch(graph, 0, 1, VIEW, T0);
    touch(graph, 0, 2, VIEW, T0 + HOUR_MS);
    expect(edgesOf(graph, 0)).not.toHaveProperty(['item:1>item:2']);
    expect(graph.predecessor(0)).toBe(-1);
  });

  test('a search leads to the click right after it, not to the one after that', () => {
    const graph = smallGraph();
    touch(graph, 0, 7, VIEW, T0);
    search(graph, 0, 99, 'red mug', T0, Int32Array.of(1, 2));
    touch(graph, 0, 1, VIEW, T0);
    touch(graph, 0, 2, VIEW, T0);
    const edges = edgesOf(graph, 0);
    expect(edges['term:99>item:1']).toBe(1);
    expect(edges).not.toHaveProperty(['term:99>item:2']);
  });
});

describe('searches', () => {
  test('a term keeps its text, weighs as a view, and its state is the direction of its hits', () => {
    const graph = smallGraph();
    const node = search(graph, 0, 99, 'red mug', T0, Int32Array.of(0, 1));
    expect(graph.term(0, node)).toBe('red mug');
    expect(weightsOf(graph, 0, T0)).toEqual({ 'term:99': 1 });
    const state = graph.slabs.nodeState.of(graph.slabs.nodeStart[0] + node);
    for (const [d, value] of [Math.SQRT1_2, Math.SQRT1_2, 0, 0].entries())
      expect(state[d]).toBeCloseTo(value, 6);
  });

  test('the latest term of the session is found, one of an earlier session is not', () => {
    const graph = smallGraph();
    touch(graph, 0, 1, VIEW, T0);
    search(graph, 0, 98, 'cup', T0);
    const later = search(graph, 0, 99, 'mug', T0 + 1);
    expect(graph.latestTerm(0)).toBe(later);
    touch(graph, 0, 2, VIEW, T0 + 1);
    touch(graph, 0, 3, VIEW, T0 + HOUR_MS);
    expect(graph.latestTerm(0)).toBe(-1);
  });

  test('equal texts have equal keys of 31 bits', () => {
    expect(termKey('red mug')).toBe(termKey('red mug'));
    expect(termKey('red mug')).not.toBe(termKey('red mugs'));
    expect(termKey('red mug')).toBeGreaterThanOrEqual(0);
  });
});

describe('sessions', () => {
  test('a pause longer than the gap opens one, a shorter one does not', () => {
    const graph = smallGraph();
    expect(graph.beginClick(0, T0)).toBe(true);
    touch(graph, 0, 1, VIEW, T0);
    expect(graph.beginClick(0, T0 + HOUR_MS / 2)).toBe(false);
    expect(graph.beginClick(0, T0 + HOUR_MS / 2 + 1)).toBe(true);
    expect(graph.slabs.clickCount[0]).toBe(0);
  });

  test('clicks keep the last few in order', () => {
    const graph = smallGraph();
    for (let item = 0; item < 9; item++) touch(graph, 0, item % 8, VIEW, T0);
    expect([...graph.slabs.clickItem.subarray(0, 6)]).toEqual([3, 4, 5, 6, 7, 0]);
  });

  test('clicks of an item are counted within the session', () => {
    const graph = smallGraph();
    for (const atMs of [T0, T0, T0 + HOUR_MS]) touch(graph, 0, 1, VIEW, atMs);
    const node = graph.slabs.nodeStart[0] + graph.find(0, NODE.item, 1);
    expect(graph.slabs.nodeClicks[node]).toBe(1);
    touch(graph, 0, 1, VIEW, T0 + HOUR_MS);
    expect(graph.slabs.nodeClicks[node]).toBe(2);
  });

  test('the slow interest is l ← β l + (1 − β) u with β = 0.7 · 2^(−gap / half-life), by hand', () => {
    const graph = smallGraph();
    // First session: axis 0 twice and axis 1 once; u = (2, 1, 0, 0) / √5, taken over whole.
    for (const item of [0, 1, 8]) touch(graph, 0, item, VIEW, T0);
    touch(graph, 0, 2, VIEW, T0 + 10 * HOUR_MS);
    const start = graph.slabs.slowStart[0] * 4;
    const slow = graph.slabs.slow.subarray(start, start + 4);
    [2 / Math.sqrt(5), 1 / Math.sqrt(5), 0, 0].forEach((value, d) => expect(slow[d]).toBeCloseTo(value, 6));
    // Second session: axis 2 alone, then a gap of one half-life: β = 0.35.
    touch(graph, 0, 3, VIEW, T0 + 20 * HOUR_MS);
    [(0.35 * 2) / Math.sqrt(5), 0.35 / Math.sqrt(5), 0.65, 0].forEach((value, d) =>
      expect(slow[d]).toBeCloseTo(value, 6),
    );
  });
});

describe('states', () => {
  const state = (graph: ReturnType<typeof smallGraph>, item: number) => {
    const node = graph.slabs.nodeStart[0] + graph.find(0, NODE.item, item);
    return [...graph.slabs.nodeState.of(node)];
  };
  const set = (graph: ReturnType<typeof smallGraph>, item: number, h: number[], u = [0, 0, 0, 1]) =>
    graph.setState(0, graph.find(0, NODE.item, item), Float32Array.from([...h, ...u]), 0);

  test('an item begins with its vector; the model’s state and interest replace it', () => {
    const graph = smallGraph();
    touch(graph, 0, 1, VIEW, T0);
    expect(state(graph, 1)).toEqual([0, 1, 0, 0]);
    set(graph, 1, [0.5, 0.25, 0, 0], [1, 0, 0, 0]);
    // 0.25 lies between two 127ths of 0.5.
    [0.5, (0.5 * 64) / 127, 0, 0].forEach((value, d) => expect(state(graph, 1)[d]).toBeCloseTo(value, 6));
    expect([...graph.slabs.interest.subarray(0, 4)]).toEqual([1, 0, 0, 0]);
  });

  test('e_ij ← e_ij + 0.1 Δh_i·Δh_j on the edge from the item before, by hand', () => {
    const graph = smallGraph();
    touch(graph, 0, 1, VIEW, T0);
    set(graph, 1, [0.5, 1, 0, 0]); // Δh = (0.5, 0, 0, 0)
    touch(graph, 0, 2, VIEW, T0);
    set(graph, 2, [0.25, 0, 0.5, 0]); // Δh = (0.25, 0, −0.5, 0): product 0.125
    const together = () => {
      const { slabs } = graph;
      const from = graph.find(0, NODE.item, 1);
      const to = graph.find(0, NODE.item, 2);
      return slabs.edgeTogether[
        slabs.edgeFrom.findIndex((node, i) => node === from && slabs.edgeTo[i] === to)
      ];
    };
    expect(together()).toBeCloseTo(0.0125, 7);
    touch(graph, 0, 1, VIEW, T0);
    set(graph, 1, [0.5, 1, 0, 2]); // from the state it had: Δh = (0, 0, 0, 2)
    touch(graph, 0, 2, VIEW, T0);
    set(graph, 2, [0.25, 0, 0.5, 3]); // Δh = (0, 0, 0, 3): product 6
    expect(together()).toBeCloseTo(0.6125, 5);
  });

  test('states begin again as vectors when another model comes', () => {
    const graph = smallGraph();
    touch(graph, 0, 1, VIEW, T0);
    set(graph, 1, [0.5, 0.25, 0, 0]);
    graph.resetStates(0);
    expect(state(graph, 1)).toEqual([0, 1, 0, 0]);
  });
});

describe('folding', () => {
  test('past the bound the weakest item goes into its category, with its weight, state and edges', () => {
    const graph = smallGraph({ nodes: 7 });
    for (const item of [0, 6, 12]) touch(graph, 0, item, VIEW, T0); // three of category 0, brand 0
    touch(graph, 0, 6, PURCHASE, T0);
    touch(graph, 0, 18, VIEW, T0); // 18: category 0, brand 0: six nodes
    touch(graph, 0, 20, VIEW, T0); // category 2 is the seventh, the item has to make room
    const weights = weightsOf(graph, 0, T0);
    expect(weights).not.toHaveProperty(['item:0']);
    expect(weights['category:0']).toBeCloseTo(0.5 * 9 + 1, 5);
    expect(edgesOf(graph, 0)['category:0>item:6']).toBe(1);
    expect(graph.foldCount).toBe(1);
  });

  test('where its category has no node, the weakest becomes it', () => {
    const graph = smallGraph({ nodes: 7 });
    search(graph, 0, 1, 'a', T0);
    for (let key = 2; key <= 8; key++) search(graph, 0, key, `term ${key}`, T0 + key);
    const weights = weightsOf(graph, 0, T0 + 8);
    expect(Object.keys(weights)).toHaveLength(7);
    expect(weights['category:-1']).toBeGreaterThan(1.9);
    expect(graph.term(0, graph.find(0, NODE.term, 8))).toBe('term 8');
    expect(graph.term(0, graph.find(0, NODE.category, -1))).toBe('');
  });

  test('the clicked item, the one before it, its category and its brand are never folded', () => {
    const graph = smallGraph({ nodes: 7 });
    for (let item = 0; item < 30; item++) {
      touch(graph, 0, item, VIEW, T0 + item);
      const weights = weightsOf(graph, 0, T0 + item);
      expect(weights).toHaveProperty([`item:${item}`]);
      if (item > 0) expect(weights).toHaveProperty([`item:${item - 1}`]);
      expect(weights).toHaveProperty([`brand:${item % 2}`]);
    }
  });
});
