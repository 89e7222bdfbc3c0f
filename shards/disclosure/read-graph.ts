import type { InterestGraph } from '../graph/interest/interest-graph.js';
import { consentOf } from '../graph/user-consent.js';
import { readInterests } from './read-interests.js';
import type { GraphEdge, GraphNode, SessionClick, UserGraph } from '../graph/user-graph.js';

/** The graph of the user in `row` as of `nowMs`. The caller owns all of it. */
export function readGraph(graph: InterestGraph, row: number, nowMs: number): UserGraph {
  const { slabs } = graph;
  const nodes: GraphNode[] = [];
  for (let node = 0; node < slabs.nodeCount[row]; node++) nodes.push(nodeAt(graph, row, node, nowMs));
  const edges: GraphEdge[] = [];
  const first = slabs.edgeStart[row];
  for (let edge = first; edge < first + slabs.edgeCount[row]; edge++)
    edges.push({
      from: slabs.edgeFrom[edge],
      to: slabs.edgeTo[edge],
      weight: graph.edges.weightAt(edge, nowMs),
      lastMs: slabs.edgeAt[edge],
    });
  const interests = readInterests(slabs, row, nodes, nowMs);
  const session = graph.isSessionOver(row, nowMs) ? [] : clicksOf(graph, row);
  return {
    atMs: nowMs,
    nodes,
    edges,
    interests,
    consent: consentOf(slabs.withheld[row]),
    segments: slabs.facts.segmentsOf(row),
    session,
  };
}

function clicksOf({ slabs }: InterestGraph, row: number): SessionClick[] {
  const start = row * slabs.bounds.clicks;
  return Array.from({ length: slabs.clickCount[row] }, (_, i) => ({
    item: slabs.clickItem[start + i],
    kind: slabs.clickKind[start + i],
  }));
}

function nodeAt(graph: InterestGraph, row: number, node: number, nowMs: number): GraphNode {
  const { slabs } = graph;
  const at = slabs.nodeStart[row] + node;
  return {
    kind: slabs.nodeKind[at],
    key: slabs.nodeKey[at],
    term: graph.term(row, node),
    weight: graph.weight(row, node, nowMs),
    firstMs: slabs.nodeSince[at] * 1_000,
    lastMs: slabs.nodeAt[at],
    interest: slabs.nodeInterest[at],
  };
}
