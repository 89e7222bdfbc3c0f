import { decay } from '../decay.js';
import type { InterestSlabs } from './interest-slabs.js';
import { lengthOf } from './vectors.js';
import { SLOW_KEEP } from '../../../model/scorer/interest-rules.js';

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
  const old = lengthOf(slabs.slow, start, width) > 0;
  const keep = old ? SLOW_KEEP * decay(atMs - slabs.lastClickMs[row], halfLifeMs) : 0;
  for (let d = start; d < start + width; d++) {
    slabs.slow[d] = keep * slabs.slow[d] + ((1 - keep) * slabs.sessionSum[d]) / length;
    slabs.sessionSum[d] = 0;
    slabs.lastMove[d] = 0;
  }
}
