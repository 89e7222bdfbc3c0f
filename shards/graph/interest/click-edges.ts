import { addEdge } from './edges.js';
import { NODE, type InterestSlabs } from './interest-slabs.js';
import { findNode } from './nodes.js';
import type { TouchedItem } from './touched-item.js';

/**
 * Edges of a click that is not counted yet: from what it followed (`previousItem`, −1 for none, and the search that led to
 * it, by its node `term`, −1 for none) to its node, and from there to its category and brand.
 */
export function addClickEdges(
  slabs: InterestSlabs,
  slot: number,
  node: number,
  touched: TouchedItem,
  previousItem: number,
  term: number,
  atMs: number,
  halfLifeMs: number,
): void {
  const sameSession = slabs.order[slot] >= slabs.sessionOrder[slot];
  const before = sameSession && previousItem >= 0 ? findNode(slabs, slot, NODE.item, previousItem) : -1;
  if (before >= 0 && before !== node) addEdge(slabs, slot, before, node, 1, atMs, halfLifeMs);
  if (term >= 0 && slabs.nodeOrder[slot * slabs.bounds.nodes + term] === slabs.order[slot]) {
    addEdge(slabs, slot, term, node, 1, atMs, halfLifeMs);
  }
  const category = touched.category < 0 ? -1 : findNode(slabs, slot, NODE.category, touched.category);
  const brand = touched.brand < 0 ? -1 : findNode(slabs, slot, NODE.brand, touched.brand);
  if (category >= 0) addEdge(slabs, slot, node, category, 1, atMs, halfLifeMs);
  if (brand >= 0) addEdge(slabs, slot, node, brand, 1, atMs, halfLifeMs);
}
