import { NODE, type InterestSlabs } from '../interest/interest-slabs.js';

/**
 * Nodes by which an interest is known, kind and key one after the other: its categories, or else its brands, and its items. Of one that
 * is gone, none. Undefined when the user never had it, or nothing is left that was said of it.
 */
export function nodesOfInterest(slabs: InterestSlabs, row: number, id: number): number[] | undefined {
  const { rows, nodeStart, nodeCount, nodeInterest, nodeKind, nodeKey } = slabs;
  if (rows.find(row, id) < 0) return rows.isSaid(row, id) ? [] : undefined;
  const ofKind = (kind: number): number[] => {
    const found: number[] = [];
    for (let at = nodeStart[row]; at < nodeStart[row] + nodeCount[row]; at++)
      if (nodeInterest[at] === id && nodeKind[at] === kind && nodeKey[at] >= 0) found.push(kind, nodeKey[at]);
    return found;
  };
  const categories = ofKind(NODE.category);
  return [...(categories.length > 0 ? categories : ofKind(NODE.brand)), ...ofKind(NODE.item)];
}
