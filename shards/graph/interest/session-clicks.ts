import type { Touch } from './event-effects.js';
import { NODE, type InterestSlabs } from './interest-slabs.js';
import { findNode } from './nodes.js';

/** Most clicks of one item that a session counts: the bound of a Uint16. */
const NODE_CLICKS_MAX = 65_535;
/** Most clicks of a user that are told apart: the bound of a Uint32. Later ones count as of the same order. */
export const CLICK_ORDER_MAX = 2 ** 32 - 1;

/** True when the node at `position` (`nodeStart[row] + node`) is of an item that was clicked in the user's running session. */
export function isClickedInSession(slabs: InterestSlabs, row: number, position: number): boolean {
  return slabs.nodeOrder[position] > 0 && slabs.nodeOrder[position] >= slabs.sessionOrder[row];
}

/** True when it was clicked, and not since the running session began. */
export function isOfEarlierSession(slabs: InterestSlabs, row: number, position: number): boolean {
  return slabs.nodeOrder[position] > 0 && slabs.nodeOrder[position] < slabs.sessionOrder[row];
}

/** Begins a session without clicks. */
export function openSession(slabs: InterestSlabs, row: number): void {
  const { clicks } = slabs.bounds;
  slabs.sessionOrder[row] = Math.min(slabs.order[row] + 1, CLICK_ORDER_MAX);
  slabs.sessionId[row] = 0;
  slabs.clickCount[row] = 0;
  slabs.clickItem.fill(-1, row * clicks, (row + 1) * clicks);
}

/** Counts a click on an item's node and appends it to the user's last clicks; past the bound the oldest one leaves. */
export function addClick(slabs: InterestSlabs, row: number, node: number, touch: Touch): void {
  const { clicks } = slabs.bounds;
  const i = slabs.nodeStart[row] + node;
  const order = Math.min(slabs.order[row] + 1, CLICK_ORDER_MAX);
  slabs.order[row] = order;
  slabs.nodeClicks[i] = isClickedInSession(slabs, row, i)
    ? Math.min(slabs.nodeClicks[i] + 1, NODE_CLICKS_MAX)
    : 1;
  slabs.nodeOrder[i] = order;
  slabs.lastClickMs[row] = Math.max(slabs.lastClickMs[row], touch.atMs);
  const start = row * clicks;
  if (slabs.clickCount[row] === clicks) {
    slabs.clickItem.copyWithin(start, start + 1, start + clicks);
    slabs.clickKind.copyWithin(start, start + 1, start + clicks);
    slabs.clickCount[row]--;
  }
  const at = start + slabs.clickCount[row]++;
  slabs.clickItem[at] = touch.item;
  slabs.clickKind[at] = touch.kind;
}

/** Item clicked last, −1 when the session has no click. */
export function lastClickedItem(slabs: InterestSlabs, row: number): number {
  const count = slabs.clickCount[row];
  return count === 0 ? -1 : slabs.clickItem[row * slabs.bounds.clicks + count - 1];
}

/** Node of the item clicked before the last one, −1 when it was the same item, is folded, or belongs to another session. */
export function predecessorNode(slabs: InterestSlabs, row: number): number {
  const count = slabs.clickCount[row];
  if (count < 2 || slabs.order[row] <= slabs.sessionOrder[row]) return -1;
  const end = row * slabs.bounds.clicks + count;
  const item = slabs.clickItem[end - 2];
  return item === slabs.clickItem[end - 1] ? -1 : findNode(slabs, row, NODE.item, item);
}

/** Node of the term searched for last in this session, −1 when there is none; `gapMs` is the pause that ends a session. */
export function latestTermNode(slabs: InterestSlabs, row: number, gapMs: number): number {
  const start = slabs.nodeStart[row];
  let latest = -1;
  for (let node = 0; node < slabs.nodeCount[row]; node++) {
    if (slabs.nodeKind[start + node] !== NODE.term) continue;
    if (slabs.nodeOrder[start + node] + 1 < slabs.sessionOrder[row]) continue;
    if (slabs.lastClickMs[row] - slabs.nodeAt[start + node] > gapMs) continue;
    if (latest < 0 || slabs.nodeAt[start + node] > slabs.nodeAt[start + latest]) latest = node;
  }
  return latest;
}
