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
  row: number,
  node: number,
  touched: TouchedItem,
  previousItem: number,
  term: number,
  atMs: number,
  halfLifeMs: number,
): void {
  const sameSession = slabs.order[row] >= slabs.sessionOrder[row];
  const before = sameSession && previousItem >= 0 ? findNode(slabs, row, NODE.item, previousItem) : -1;
  if (before >= 0 && before !== node) addEdge(slabs, row, before, node, 1, atMs, halfLifeMs);
  if (term >= 0 && slabs.nodeOrder[row * slabs.bounds.nodes + term] === slabs.order[row]) {
    addEdge(slabs, row, term, node, 1, atMs, halfLifeMs);
  }
  const category = touched.category < 0 ? -1 : findNode(slabs, row, NODE.category, touched.category);
  const brand = touched.brand < 0 ? -1 : findNode(slabs, row, NODE.brand, touched.brand);
  if (category >= 0) addEdge(slabs, row, node, category, 1, atMs, halfLifeMs);
  if (brand >= 0) addEdge(slabs, row, node, brand, 1, atMs, halfLifeMs);
}
