import { SEEN, type EventEffect } from './event-effects.js';
import type { InterestSlabs } from './interest-slabs.js';

/** Items whose marks a shopper would be annoyed to see forgotten. */
const LASTING = SEEN.purchased | SEEN.dismissed;

/**
 * Sets and clears `SEEN` bits of an item. Bounded: when the user's table is full, the oldest item that was merely viewed
 * makes room, and only when all are bought or dismissed the oldest of these.
 */
export function markSeen(
  slabs: InterestSlabs,
  row: number,
  item: number,
  { marks, clears }: Pick<EventEffect, 'marks' | 'clears'>,
): void {
  if (marks === 0 && clears === 0) return;
  const start = slabs.seenStart[row];
  const count = slabs.seenCount[row];
  for (let i = start; i < start + count; i++) {
    if (slabs.seenItem[i] !== item) continue;
    slabs.seenMarks[i] = (slabs.seenMarks[i] & ~clears) | marks;
    return;
  }
  if (marks === 0) return;
  if (count === slabs.bounds.seen) dropOne(slabs, row);
  slabs.seen.reserve(row, slabs.seenCount[row] + 1, slabs.seenCount[row]);
  const at = slabs.seenStart[row] + slabs.seenCount[row]++;
  slabs.seenItem[at] = item;
  slabs.seenMarks[at] = marks;
}

function dropOne(slabs: InterestSlabs, row: number): void {
  const start = slabs.seenStart[row];
  const end = start + slabs.bounds.seen;
  let victim = start;
  for (let i = start; i < end; i++) {
    if ((slabs.seenMarks[i] & LASTING) !== 0) continue;
    victim = i;
    break;
  }
  slabs.seenItem.copyWithin(victim, victim + 1, end);
  slabs.seenMarks.copyWithin(victim, victim + 1, end);
  slabs.seenCount[row]--;
}

/** `SEEN` bits of an item, 0 when it was never seen or is forgotten. */
export function seenMarks(slabs: InterestSlabs, row: number, item: number): number {
  const start = slabs.seenStart[row];
  for (let i = start; i < start + slabs.seenCount[row]; i++)
    if (slabs.seenItem[i] === item) return slabs.seenMarks[i];
  return 0;
}
