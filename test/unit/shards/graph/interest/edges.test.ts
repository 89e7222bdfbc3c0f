import { expect, test } from 'vitest';
import { Edges, findEdge, redirectEdges, renumberEdges } from '../../../../../shards/graph/interest/edges.js';
import { InterestSlabs } from '../../../../../shards/graph/interest/interest-slabs.js';
import { HOUR_MS, T0 } from '../../../../support/shards/small-graph.js';

const EDGES = 4;

function slabsOf(edges: readonly (readonly [from: number, to: number, weight: number])[]): InterestSlabs {
  const slabs = new InterestSlabs({ users: 2, nodes: 10, edges: EDGES, clicks: 1, seen: 1, width: 1 });
  for (const [from, to, weight] of edges)
    slabs.edgeWeight[new Edges(slabs, HOUR_MS).add(1, from, to, T0)] = weight;
  return slabs;
}

function edgesOf(slabs: InterestSlabs): [number, number, number][] {
  return Array.from({ length: slabs.edgeCount[1] }, (_, i) => [
    slabs.edgeFrom[slabs.edgeStart[1] + i],
    slabs.edgeTo[slabs.edgeStart[1] + i],
    slabs.edgeWeight[slabs.edgeStart[1] + i],
  ]);
}

test('an edge added again decays what it had', () => {
  const slabs = slabsOf([[0, 1, 1]]);
  new Edges(slabs, HOUR_MS).add(1, 0, 1, T0 + HOUR_MS);
  expect(edgesOf(slabs)).toEqual([[0, 1, 1.5]]);
});

test('one that comes late sets no clock back', () => {
  const slabs = slabsOf([[0, 1, 1]]);
  const at = new Edges(slabs, HOUR_MS).add(1, 0, 1, T0 - HOUR_MS);
  expect([slabs.edgeWeight[at], slabs.edgeAt[at]]).toEqual([2, T0]);
});

test('past the bound the weakest makes room, as decayed by then', () => {
  const slabs = slabsOf([
    [0, 1, 3],
    [1, 2, 2],
    [2, 3, 4],
    [3, 4, 5],
  ]);
  slabs.edgeAt[slabs.edgeStart[1]] = T0 - HOUR_MS; // 3 is worth 1.5
  new Edges(slabs, HOUR_MS).add(1, 8, 9, T0);
  expect(edgesOf(slabs)).toEqual([
    [8, 9, 1],
    [1, 2, 2],
    [2, 3, 4],
    [3, 4, 5],
  ]);
});

test('edges of a node that is folded become those of its target: doubles add up, loops go', () => {
  const slabs = slabsOf([
    [0, 1, 1],
    [0, 2, 2],
    [1, 2, 3],
    [3, 1, 4],
  ]);
  redirectEdges(slabs, 1, 1, 2);
  expect(edgesOf(slabs).sort()).toEqual([
    [0, 2, 3],
    [3, 2, 4],
  ]);
});

test('a node that moves takes its edges along', () => {
  const slabs = slabsOf([
    [0, 5, 1],
    [5, 2, 2],
  ]);
  renumberEdges(slabs, 1, 5, 3);
  expect([findEdge(slabs, 1, 0, 3), findEdge(slabs, 1, 3, 2)]).toEqual([
    slabs.edgeStart[1],
    slabs.edgeStart[1] + 1,
  ]);
  expect(findEdge(slabs, 1, 0, 5)).toBe(-1);
});
