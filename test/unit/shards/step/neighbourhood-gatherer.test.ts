import { describe, expect, test } from 'vitest';
import { EVENT_KIND } from '../../../../model/scorer/event-kinds.js';
import { StepRows, type RowCodes } from '../../../../model/scorer/step-rows.js';
import type { InterestGraph } from '../../../../shards/graph/interest/interest-graph.js';
import { NODE } from '../../../../shards/graph/interest/interest-slabs.js';
import {
  createSteppedUser,
  NeighbourhoodGatherer,
  type ClickedBefore,
} from '../../../../shards/step/neighbourhood-gatherer.js';
import { HOUR_MS, search, smallGraph, T0, touch, touchedItem } from '../../../support/shards/small-graph.js';
import { gapBucket, RELATION } from '../../../../model/scorer/step-shape.js';

const SHAPE = { width: 4, neighbours: 9, features: 1, recents: 1 };
const VIEW = EVENT_KIND.view_item;
const NONE: ClickedBefore = { hasState: false, atMs: 0, kind: 0 };
const columns = {
  category: Int32Array.from({ length: 40 }, (_, item) => touchedItem(item).category),
  brand: Int32Array.from({ length: 40 }, (_, item) => touchedItem(item).brand),
  price: new Float64Array(40),
};
const vectors = new Float32Array(40 * 4);
for (let item = 0; item < 40; item++) vectors[item * 4 + (item % 4)] = 1;

function gather(graph: InterestGraph, item: number, before = NONE): { rows: StepRows; items: number[] } {
  const rows = new StepRows(SHAPE, 2);
  for (const user of [0, 1]) rows.clear(user);
  const stepped = createSteppedUser(SHAPE.neighbours);
  stepped.row = 0;
  stepped.node = graph.find(0, NODE.item, item);
  // The second user, so that offsets count.
  new NeighbourhoodGatherer(graph, vectors, columns, SHAPE).gather(rows, 1, stepped, before);
  return { rows, items: [...stepped.neighbourItems] };
}

/** A code of all rows of a user, the gathered one unless said. */
const codesOf = (rows: StepRows, code: keyof RowCodes, user = 1) =>
  Array.from({ length: 9 }, (_, row) => rows.codesOf(user, row)[code]);
const numbersAt = ({ rows }: StepRows, from: number) => [...rows.subarray(from, from + 4)];
const nodeOf = (rows: StepRows, row: number) => numbersAt(rows, rows.node(1, row));
const stateOf = (rows: StepRows, row: number) => numbersAt(rows, rows.state(1, row));

describe('the neighbourhood of a click', () => {
  test('is the item, then the session’s others by recency with their ages and gaps, then the context nodes', () => {
    const graph = smallGraph({ nodes: 20 });
    touch(graph, 0, 3, VIEW, T0);
    touch(graph, 0, 1, EVENT_KIND.add_to_cart, T0 + 1_000);
    touch(graph, 0, 6, VIEW, T0 + 61_000);
    const { rows, items } = gather(graph, 6);
    expect(items).toEqual([6, -1, 1, 3, -1, -1, -1, -1, -1]);
    expect(codesOf(rows, 'relation')).toEqual([
      RELATION.self,
      0,
      RELATION.predecessor,
      RELATION.other,
      0,
      0,
      RELATION.category,
      0,
      0,
    ]);
    expect(codesOf(rows, 'age')).toEqual([0, 0, 1, 2, 0, 0, 0, 0, 0]);
    expect(codesOf(rows, 'gap')).toEqual([0, 0, gapBucket(60_000), gapBucket(61_000), 0, 0, 0, 0, 0]);
    expect(codesOf(rows, 'kind').slice(0, 4)).toEqual([VIEW, 0, EVENT_KIND.add_to_cart, VIEW]);
    expect(nodeOf(rows, 2)).toEqual([0, 1, 0, 0]);
  });

  test('leaves the rows of other users alone', () => {
    const graph = smallGraph();
    touch(graph, 0, 3, VIEW, T0);
    const { rows } = gather(graph, 3);
    expect(codesOf(rows, 'relation', 0)).toEqual(Array.from({ length: 9 }, () => 0));
    expect([...rows.rows.subarray(0, rows.node(1, 0))].every((value) => value === 0)).toBe(true);
  });

  test('has the item’s earlier state with its age in row 1', () => {
    const graph = smallGraph();
    for (const atMs of [T0, T0 + 5_000]) touch(graph, 0, 3, VIEW, atMs);
    const node = graph.find(0, NODE.item, 3);
    graph.setState(0, node, Float32Array.of(0.5, 0, 0, 0.5, 0, 0, 0, 0), 0);
    const { rows } = gather(graph, 3, { hasState: true, atMs: T0, kind: EVENT_KIND.purchase });
    expect(codesOf(rows, 'relation').slice(0, 2)).toEqual([RELATION.self, RELATION.earlier]);
    expect(codesOf(rows, 'gap')[1]).toBe(gapBucket(5_000));
    expect(codesOf(rows, 'kind')[1]).toBe(EVENT_KIND.purchase);
    expect(stateOf(rows, 1)).toEqual([0.5, 0, 0, 0.5]);
    expect(nodeOf(rows, 1)).toEqual([0, 0, 0, 1]);
  });

  test('knows what followed the item before', () => {
    const graph = smallGraph({ nodes: 20 });
    for (const item of [1, 2, 3, 1]) touch(graph, 0, item, VIEW, T0);
    const { rows, items } = gather(graph, 1, { hasState: true, atMs: T0, kind: VIEW });
    expect(items.slice(2, 4)).toEqual([3, 2]);
    expect(codesOf(rows, 'relation').slice(2, 4)).toEqual([RELATION.predecessor, RELATION.successor]);
  });

  test('holds nothing of an earlier session but the category’s state', () => {
    const graph = smallGraph();
    touch(graph, 0, 3, VIEW, T0);
    touch(graph, 0, 6, VIEW, T0 + HOUR_MS);
    const { items } = gather(graph, 6);
    expect(items).toEqual([6, -1, -1, -1, -1, -1, -1, -1, -1]);
  });

  test('the category is the direction of the session’s other items in it', () => {
    const graph = smallGraph({ nodes: 20 });
    for (const item of [0, 3, 6]) touch(graph, 0, item, VIEW, T0); // all of category 0, axes 0, 3, 2
    const [x, y, z, w] = nodeOf(gather(graph, 6).rows, 6);
    expect([x, w]).toEqual([Math.fround(Math.SQRT1_2), Math.fround(Math.SQRT1_2)]);
    expect([y, z]).toEqual([0, 0]);
  });

  test('a search term stands in the last row', () => {
    const graph = smallGraph();
    search(graph, 0, 99, 'mug', T0, Int32Array.of(1));
    touch(graph, 0, 3, VIEW, T0);
    const { rows } = gather(graph, 3);
    expect(codesOf(rows, 'relation')[8]).toBe(RELATION.term);
    expect(nodeOf(rows, 8)).toEqual([0, 1, 0, 0]);
  });

  test('takes the most recent items when there are more than rows', () => {
    const graph = smallGraph({ nodes: 30 });
    for (const item of [0, 1, 2, 3, 5, 6, 7, 8]) touch(graph, 0, item, VIEW, T0);
    expect(gather(graph, 8).items).toEqual([8, -1, 7, 6, 5, 3, -1, -1, -1]);
  });
});
