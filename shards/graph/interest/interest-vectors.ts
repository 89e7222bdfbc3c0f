import { SLOW_KEEP } from '../../../model/scorer/interest-rules.js';
import { decay } from '../decay.js';
import { NODE, type InterestSlabs } from './interest-slabs.js';
import { isOfEarlierSession } from './session-clicks.js';
import { lengthOf, toUnitLength, type VectorTable } from './vector-table.js';

/**
 * The interest vectors of a user whose model is another one now, from what does not depend on a model: the session's sum is
 * that of its last clicks, the interest its direction, the slow interest the direction of the items clicked in earlier
 * sessions, each by its weight as of its last touch. Zeros where there is nothing to go by.
 */
export function beginInterests(slabs: InterestSlabs, row: number, vectors: VectorTable): void {
  const { width } = slabs.bounds;
  const at = row * width;
  slabs.slows.release(row);
  for (const field of [slabs.interest, slabs.sessionSum, slabs.lastMove]) field.fill(0, at, at + width);
  const firstClick = row * slabs.bounds.clicks;
  for (let i = firstClick; i < firstClick + slabs.clickCount[row]; i++)
    vectors.addTo(slabs.sessionSum, at, slabs.clickItem[i]);
  for (let d = at; d < at + width; d++) slabs.interest[d] = slabs.sessionSum[d];
  toUnitLength(slabs.interest, at, width);
  addEarlierItems(slabs, row, vectors);
  if (slabs.slows.roomOf(row) > 0) toUnitLength(slabs.slow, slabs.slowStart[row] * width, width);
}

function addEarlierItems(slabs: InterestSlabs, row: number, vectors: VectorTable): void {
  const { width } = slabs.bounds;
  const first = slabs.nodeStart[row];
  for (let i = first; i < first + slabs.nodeCount[row]; i++) {
    if (slabs.nodeKind[i] !== NODE.item || !isOfEarlierSession(slabs, row, i)) continue;
    if (slabs.nodeWeight[i] <= 0) continue;
    slabs.ownSlow(row);
    vectors.addTo(slabs.slow, slabs.slowStart[row] * width, slabs.nodeKey[i], slabs.nodeWeight[i]);
  }
}

/**
 * End of a session before a click at `atMs`: `l ← β l + (1 − β) u` with u the direction of the session's items and
 * β = keep · 2^(−gap / halfLife): the longer a shopper was away, the less of the older interest stays. A user's first
 * session becomes l itself; one without clicks, or whose items cancel out, changes nothing.
 */
export function endSlowInterest(slabs: InterestSlabs, row: number, atMs: number, halfLifeMs: number): void {
  const { width } = slabs.bounds;
  const start = row * width;
  const clicked = slabs.order[row] > 0;
  const length = lengthOf(slabs.sessionSum, start, width);
  if (!clicked || !(length > 0)) return;
  slabs.ownSlow(row);
  const slow = slabs.slowStart[row] * width;
  const old = lengthOf(slabs.slow, slow, width) > 0;
  const keep = old ? SLOW_KEEP * decay(atMs - slabs.lastClickMs[row], halfLifeMs) : 0;
  for (let d = 0; d < width; d++) {
    slabs.slow[slow + d] = keep * slabs.slow[slow + d] + ((1 - keep) * slabs.sessionSum[start + d]) / length;
    slabs.sessionSum[start + d] = 0;
    slabs.lastMove[start + d] = 0;
  }
}
