import { decay } from '../decay.js';
import type { InterestSlabs } from './interest-slabs.js';

/** Number of the node, −1 when the user has none such. */
export function findNode(slabs: InterestSlabs, row: number, kind: number, key: number): number {
  const start = slabs.nodeStart[row];
  for (let i = start; i < start + slabs.nodeCount[row]; i++) {
    if (slabs.nodeKey[i] === key && slabs.nodeKind[i] === kind) return i - start;
  }
  return -1;
}

/** Weight of the node at `position` (`nodeStart[row] + node`) at `nowMs`, decayed. */
export function weightOf(slabs: InterestSlabs, position: number, nowMs: number, halfLifeMs: number): number {
  return slabs.nodeWeight[position] * decay(nowMs - slabs.nodeAt[position], halfLifeMs);
}

/** Appends a node of weight 0 and returns its number. The row has room. Time, state and event are the caller's to set. */
export function appendNode(slabs: InterestSlabs, row: number, kind: number, key: number): number {
  const node = slabs.nodeCount[row];
  slabs.nodes.reserve(row, node + 1, node);
  slabs.nodeCount[row]++;
  const i = slabs.nodeStart[row] + node;
  slabs.nodeKind[i] = kind;
  slabs.nodeKey[i] = key;
  slabs.nodeWeight[i] = 0;
  slabs.nodeOrder[i] = 0;
  slabs.nodeClicks[i] = 0;
  slabs.nodeInterest[i] = 0;
  return node;
}

/** The earlier of two first touches, epoch seconds; 0, not known, when one of them is not. */
export function earlierSince(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : Math.min(a, b);
}

/** Copies all fields of the node at position `from` to position `to`. */
export function copyNode(slabs: InterestSlabs, from: number, to: number): void {
  slabs.nodeKind[to] = slabs.nodeKind[from];
  slabs.nodeKey[to] = slabs.nodeKey[from];
  slabs.nodeWeight[to] = slabs.nodeWeight[from];
  slabs.nodeAt[to] = slabs.nodeAt[from];
  slabs.nodeSince[to] = slabs.nodeSince[from];
  slabs.nodeEvent[to] = slabs.nodeEvent[from];
  slabs.nodeOrder[to] = slabs.nodeOrder[from];
  slabs.nodeClicks[to] = slabs.nodeClicks[from];
  slabs.nodeInterest[to] = slabs.nodeInterest[from];
  slabs.nodeState.copy(from, to);
}
