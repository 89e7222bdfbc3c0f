import { NODE, type InterestSlabs } from './interest-slabs.js';
import { addRow, addScaledRow, toUnitLength } from './vectors.js';

/**
 * The interest vectors of a user whose model is another one now, from what does not depend on a model: the session's sum is
 * that of its last clicks, the interest its direction, the slow interest the direction of the items clicked in earlier
 * sessions, each by its weight as of its last touch. Zeros where there is nothing to go by.
 */
export function beginInterests(slabs: InterestSlabs, row: number, vectors: Float32Array): void {
  const { width } = slabs.bounds;
  const at = row * width;
  for (const field of [slabs.interest, slabs.slow, slabs.sessionSum, slabs.lastMove])
    field.fill(0, at, at + width);
  const firstClick = row * slabs.bounds.clicks;
  for (let i = firstClick; i < firstClick + slabs.clickCount[row]; i++)
    addRow(slabs.sessionSum, at, vectors, slabs.clickItem[i] * width, width);
  for (let d = at; d < at + width; d++) slabs.interest[d] = slabs.sessionSum[d];
  toUnitLength(slabs.interest, at, width);
  addEarlierItems(slabs, row, vectors);
  toUnitLength(slabs.slow, at, width);
}

function addEarlierItems(slabs: InterestSlabs, row: number, vectors: Float32Array): void {
  const { width, nodes } = slabs.bounds;
  for (let i = row * nodes; i < row * nodes + slabs.nodeCount[row]; i++) {
    const isEarlier = slabs.nodeOrder[i] > 0 && slabs.nodeOrder[i] < slabs.sessionOrder[row];
    if (slabs.nodeKind[i] !== NODE.item || !isEarlier || !(slabs.nodeWeight[i] > 0)) continue;
    addScaledRow(slabs.slow, row * width, vectors, slabs.nodeKey[i] * width, width, slabs.nodeWeight[i]);
  }
}
