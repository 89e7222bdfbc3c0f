import type { ItemAttribute } from '../../model/catalogue/words/word-lists.js';
import type { WireEdge, WireNode } from '../protocol/messages.js';
import { roundScore } from './wire-reason.js';

/** An item's node as it is told, and what is known of the item. */
export interface AttributedNode {
  readonly node: WireNode;
  readonly attributes: readonly ItemAttribute[];
}

/** Nodes of attributes in a graph, at most; those of the greatest weight stay. */
const NODES_MAX = 16;
/** Edges to attributes, at most, those of the greatest weight: with all that 32 items have in common a graph is no longer taken elsewhere (`NAMES_MAX`). */
const EDGES_MAX = 256;
/** What an attribute gets of the weight of an item, as a brand does. */
const SHARE = 0.3;

interface Gathered {
  readonly attribute: ItemAttribute;
  readonly items: WireNode[];
  weight: number;
}

/**
 * Nodes of what the items of a graph have in common: a colour, a material, a size, a brand, a number of pieces; with an edge from each
 * item that has it. They are read off the items each time a graph is told, and are kept nowhere: a click pays nothing for them.
 */
export function attributeNodes(items: readonly AttributedNode[]): { nodes: WireNode[]; edges: WireEdge[] } {
  const strongest = gather(items)
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight || (idOf(a.attribute) < idOf(b.attribute) ? -1 : 1))
    .slice(0, NODES_MAX);
  return { nodes: strongest.map(wireNode), edges: strongestEdges(strongest.flatMap(wireEdges)) };
}

function strongestEdges(edges: WireEdge[]): WireEdge[] {
  return edges.length <= EDGES_MAX ? edges : edges.sort((a, b) => b.weight - a.weight).slice(0, EDGES_MAX);
}

function gather(items: readonly AttributedNode[]): Gathered[] {
  const found = new Map<string, Gathered>();
  for (const { node, attributes } of items)
    for (const attribute of attributes) {
      const id = idOf(attribute);
      const gathered = found.get(id) ?? { attribute, items: [], weight: 0 };
      gathered.weight += SHARE * node.weight;
      gathered.items.push(node);
      found.set(id, gathered);
    }
  return [...found.values()];
}

function idOf({ name, value }: ItemAttribute): string {
  return `attribute:${name}:${value}`;
}

function wireNode({ attribute, items, weight }: Gathered): WireNode {
  const firsts = items.map(({ firstMs }) => firstMs).filter((ms) => ms !== undefined);
  const interest = interestOf(items);
  return {
    id: idOf(attribute),
    kind: 'attribute',
    name: attribute.value,
    attribute: attribute.name,
    weight: roundScore(weight),
    ...(firsts.length > 0 && { firstMs: Math.min(...firsts) }),
    lastMs: Math.max(...items.map(({ lastMs }) => lastMs)),
    ...(interest !== undefined && { interest }),
  };
}

/** The interest that most of the weight belongs to; undefined when that is none. */
function interestOf(items: readonly WireNode[]): number | undefined {
  const weights = new Map<number | undefined, number>();
  for (const { interest, weight } of items) weights.set(interest, (weights.get(interest) ?? 0) + weight);
  return [...weights].reduce((best, other) => (other[1] > best[1] ? other : best))[0];
}

function wireEdges({ attribute, items }: Gathered): WireEdge[] {
  return items.map(({ id, weight, lastMs }) => ({
    from: id,
    to: idOf(attribute),
    kind: 'of',
    weight: roundScore(Math.max(0, weight)),
    lastMs,
  }));
}
