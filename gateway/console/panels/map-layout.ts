import {
  forceCollide,
  forceLink,
  forceManyBody,
  forceSimulation,
  forceX,
  forceY,
  type SimulationLinkDatum,
  type SimulationNodeDatum,
} from 'd3-force';
import type { Graph } from '../../client/index.js';

type Node = Graph['nodes'][number];
type Edge = Graph['edges'][number];

/** Where the map is drawn, in its own units. */
export const MAP_SIZE = { width: 340, height: 250 } as const;
/** Steps of the simulation: 32 nodes come to rest in them. */
const STEPS = 140;
const MARGIN = 16;

/** A node with its place. */
export interface MapNode extends SimulationNodeDatum {
  readonly node: Node;
  readonly radius: number;
  x: number;
  y: number;
}

/** An edge between two placed nodes. */
export interface MapEdge {
  readonly edge: Edge;
  readonly from: MapNode;
  readonly to: MapNode;
}

export interface MapLayout {
  readonly nodes: readonly MapNode[];
  readonly edges: readonly MapEdge[];
}

/**
 * Places a graph by forces: edges pull, nodes push, interests keep together. Nodes begin where they were, so that little moves from click to
 * click; new ones beside a neighbour. The same graph after the same places is placed the same.
 */
export function layOut(graph: Graph, before: ReadonlyMap<string, { x: number; y: number }>): MapLayout {
  const most = Math.max(1e-9, ...graph.nodes.map(({ weight }) => weight));
  const nodes = graph.nodes.map((node, i) =>
    placed(node, most, before.get(node.id) ?? begin(graph, node, before, i)),
  );
  const byId = new Map(nodes.map((placedNode) => [placedNode.node.id, placedNode]));
  const edges = graph.edges.flatMap((edge) => {
    const [from, to] = [byId.get(edge.from), byId.get(edge.to)];
    return from && to && from !== to ? [{ edge, from, to }] : [];
  });
  const links: SimulationLinkDatum<MapNode>[] = edges.map(({ from, to }) => ({ source: from, target: to }));
  const simulation = forceSimulation(nodes)
    .force('link', forceLink(links).distance(46).strength(0.5))
    .force('push', forceManyBody().strength(-190).distanceMax(230))
    .force(
      'apart',
      forceCollide<MapNode>((node) => node.radius + 5),
    )
    .force('x', forceX(MAP_SIZE.width / 2).strength(0.05))
    .force('y', forceY(MAP_SIZE.height / 2).strength(0.1))
    .stop();
  for (let step = 0; step < STEPS; step++) {
    simulation.tick();
    for (const node of nodes) keepIn(node);
  }
  return { nodes, edges };
}

function placed(node: Node, most: number, { x, y }: { x: number; y: number }): MapNode {
  const strength = Math.sqrt(Math.max(0, node.weight) / most);
  return { node, x, y, radius: node.kind === 'item' ? 7 + 9 * strength : 4 + 5 * strength };
}

/** A new node begins beside one that it is joined to, or on a spiral around the middle. */
function begin(
  { edges }: Graph,
  { id }: Node,
  before: ReadonlyMap<string, { x: number; y: number }>,
  place: number,
): { x: number; y: number } {
  for (const { from, to } of edges) {
    const other = from === id ? before.get(to) : to === id ? before.get(from) : undefined;
    if (other !== undefined) return { x: other.x + 8 * Math.cos(place), y: other.y + 8 * Math.sin(place) };
  }
  const distance = 10 + 6 * place;
  return {
    x: MAP_SIZE.width / 2 + distance * Math.cos(2.4 * place),
    y: MAP_SIZE.height / 2 + 0.6 * distance * Math.sin(2.4 * place),
  };
}

function keepIn(node: MapNode): void {
  const edge = MARGIN + node.radius;
  node.x = Math.min(MAP_SIZE.width - edge, Math.max(edge, node.x));
  node.y = Math.min(MAP_SIZE.height - edge, Math.max(edge, node.y));
}
