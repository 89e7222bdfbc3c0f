import { RELATION } from './step-shape.js';

// The rules of a neighbourhood and of the slow interest, for both who apply them: serving, which gathers from a user's graph,
// and training, which replays recorded clicks.

/**
 * Rows of a neighbourhood, in order: row 0 is the click itself, row 1 the same item's earlier click in the session. From row
 * 2 on come the session's other items, the one clicked last first. The last three are the category, the brand and the latest
 * search term of the click. Rows without anything to show are padding.
 */
export const EARLIER_ROW = 1;
export const OTHERS_FIRST_ROW = 2;
const CONTEXT_ROWS = 3;

/** Other items that a neighbourhood of `neighbours` rows has room for. */
export function othersMax(neighbours: number): number {
  return Math.max(0, neighbours - OTHERS_FIRST_ROW - CONTEXT_ROWS);
}

/** True when there is room for the rows of category, brand and term; a neighbourhood too small for all three has none of them. */
export function hasContextRows(neighbours: number): boolean {
  return neighbours >= OTHERS_FIRST_ROW + CONTEXT_ROWS;
}

/** Row of the category, the brand or the term, by `RELATION`. */
export function contextRow(neighbours: number, relation: number): number {
  return neighbours - CONTEXT_ROWS + relation - RELATION.category;
}

/** Relation of another item to the clicked one. Having been clicked immediately before says more than having followed it once. */
export function relationOfOther(isPredecessor: boolean, isSuccessor: boolean): number {
  if (isPredecessor) return RELATION.predecessor;
  return isSuccessor ? RELATION.successor : RELATION.other;
}

/** Age code of the other item in place `place`, from 0: its distance from the click in distinct items. */
export function ageOfOther(place: number): number {
  return place + 1;
}

/** Share of the slow interest that stays when a session follows right after another. */
export const SLOW_KEEP = 0.7;

/** Half-life of that share in the pause between two sessions. */
export const SLOW_HALF_LIFE_MS = 60 * 86_400_000;
