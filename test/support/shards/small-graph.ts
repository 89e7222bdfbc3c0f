import { InterestGraph, type InterestTimes } from '../../../shards/graph/interest/interest-graph.js';
import { InterestSlabs, NODE, type InterestBounds } from '../../../shards/graph/interest/interest-slabs.js';
import { EVENT_KIND } from '../../../model/scorer/event-kinds.js';
import { effectOf } from '../../../shards/graph/interest/event-effects.js';

export const HOUR_MS = 3_600_000;
/** When the story of a test begins. */
export const T0 = 1_760_000_000_000;

/** Half-lives in whole hours, so that expected weights can be said by heart. */
export const TIMES: InterestTimes = {
  nodeHalfLifeMs: HOUR_MS,
  edgeHalfLifeMs: 2 * HOUR_MS,
  sessionGapMs: HOUR_MS / 2,
  slowHalfLifeMs: 10 * HOUR_MS,
};

const ITEMS = 40;

/** Item `i` of the tests: unit vector along axis `i mod width`; category `i mod 3` (none for every fifth), brand `i mod 2`. */
export function touchedItem(item: number) {
  return { item, category: item % 5 === 4 ? -1 : item % 3, brand: item % 2 };
}

/** A graph over a few users, small enough that its bounds are reached. */
export function smallGraph(bounds: Partial<InterestBounds> = {}): InterestGraph {
  const { width = 4 } = bounds;
  const slabs = new InterestSlabs({ users: 3, nodes: 12, edges: 24, clicks: 6, seen: 8, width, ...bounds });
  const vectors = new Float32Array(ITEMS * width);
  for (let item = 0; item < ITEMS; item++) vectors[item * width + (item % width)] = 1;
  const category = Int32Array.from({ length: ITEMS }, (_, item) => touchedItem(item).category);
  return new InterestGraph(slabs, TIMES, vectors, category);
}

/** One event of one item, as the applier puts it in; returns the item's node. */
export function touch(
  graph: InterestGraph,
  row: number,
  item: number,
  kind: number,
  atMs: number,
  value = 0,
): number {
  const effect = effectOf(kind, value);
  if (effect.isClick) graph.beginClick(row, atMs);
  return graph.touch(row, { ...touchedItem(item), kind, atMs }, effect);
}

/** A search for the term of `key`; returns its node. */
export function search(
  graph: InterestGraph,
  row: number,
  key: number,
  query: string,
  tsMs: number,
  hits?: Int32Array,
): number {
  return graph.search(row, key, { kind: EVENT_KIND.search, query, tsMs, hits });
}

const KIND_NAMES = new Map<number, string>(Object.entries(NODE).map(([name, kind]) => [kind, name]));

export function nodeName(graph: InterestGraph, row: number, node: number): string {
  const i = graph.slabs.nodeStart[row] + node;
  return `${KIND_NAMES.get(graph.slabs.nodeKind[i])}:${graph.slabs.nodeKey[i]}`;
}

/** Weights of all nodes at a time, by name such as `item:3`. */
export function weightsOf(graph: InterestGraph, row: number, nowMs: number): Record<string, number> {
  const weights: Record<string, number> = {};
  for (let node = 0; node < graph.slabs.nodeCount[row]; node++)
    weights[nodeName(graph, row, node)] = graph.weight(row, node, nowMs);
  return weights;
}

/** Stored weights of all edges, by name such as `item:3>item:4`. */
export function edgesOf(graph: InterestGraph, row: number): Record<string, number> {
  const { slabs } = graph;
  const edges: Record<string, number> = {};
  for (let i = slabs.edgeStart[row]; i < slabs.edgeStart[row] + slabs.edgeCount[row]; i++) {
    edges[`${nodeName(graph, row, slabs.edgeFrom[i])}>${nodeName(graph, row, slabs.edgeTo[i])}`] =
      slabs.edgeWeight[i];
  }
  return edges;
}
