import { REASONS_MAX } from '../wire/shard-limits.js';
import type { RankRequest, SlotDefinition } from '../wire/slot-lists.js';

// What takes how long, µs, as measured on one core of 2024 (the demo's model). A guess serves: it keeps what costs a hundred times as much as a
// click out of the rounds of clicks before anything is known of who asks.
const LIST_US = 150;
const LIST_ITEM_US = 2;
const CANDIDATE_US = 4;
const EXPLAINED_US = 400;
const REASON_US = 10;

/** A job that takes longer than this comes after the clicks of others, µs. */
export const LONG_JOB_US = 1_500;

/** How long a list of the slot takes, µs, for somebody of whom nothing is known yet. */
export function listUs({ k, explain }: Pick<SlotDefinition, 'k' | 'explain'>): number {
  return LIST_US + LIST_ITEM_US * k + (explain ? EXPLAINED_US + REASON_US * k : 0);
}

/** How long the answer to a request takes, µs. */
export function rankUs({ slot, candidates }: RankRequest): number {
  if (candidates === undefined) return listUs(slot);
  const explained = Math.min(slot.k, REASONS_MAX);
  return (
    LIST_US + CANDIDATE_US * candidates.length + (slot.explain ? EXPLAINED_US + REASON_US * explained : 0)
  );
}
