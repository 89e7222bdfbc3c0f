import { dot } from '../../model/dot.js';
import { SEEN } from '../graph/event-effects.js';
import type { InterestSlabs } from '../graph/interest-slabs.js';
import type { ReasonRow } from '../api.js';
import { PROPOSED, SOURCE } from './candidate-set.js';
import type { SeenLookup } from './seen-lookup.js';

/** Items named in one reason. */
const BECAUSE_MAX = 3;
/** Attention-weighted cosine from which an item is said to come from the shopper's interest. */
const INTEREST_EVIDENCE = 0.25;

/** The user's items that a run of the model attended to, with the attention of each; borrowed. */
export interface Attended {
  readonly items: Int32Array;
  readonly attention: Float32Array;
  readonly attentionAt: number;
}

/**
 * Says why an item is in a list. Of the items the model attended to, each speaks for the candidate by `b_j · max(0,
 * cos(x_j, x_c))`, its attention times its likeness; the strongest are named, with shares that sum to at most 1. Where
 * likeness says little, the graph that proposed the candidate is named, with the last click it followed. `proposal` is
 * the candidate's, or `SOURCE.trend` for an item that filled the list.
 */
export function explain(
  item: number,
  proposal: number,
  attended: Attended,
  vectors: Float32Array,
  slabs: InterestSlabs,
  slot: number,
  seen: SeenLookup,
): ReasonRow {
  const because: number[] = [];
  const weight: number[] = [];
  const evidence = strongest(item, attended, vectors, slabs.bounds.width, because, weight);
  const source = proposal & PROPOSED.sourceMask;
  if (source === SOURCE.own && (seen.marks(item) & SEEN.viewed) !== 0) return followed(item, SOURCE.own);
  if (source === SOURCE.search) return { because, weight, source };
  if (evidence >= INTEREST_EVIDENCE) return { because, weight, source: SOURCE.interest };
  if ((proposal & PROPOSED.together) !== 0) return followed(lastClick(slabs, slot, 1), SOURCE.together);
  if ((proposal & PROPOSED.togetherPrevious) !== 0)
    return followed(lastClick(slabs, slot, 2), SOURCE.together);
  if (because.length > 0 && source === SOURCE.similar) return { because, weight, source };
  if ((proposal & PROPOSED.neighbour) === 0 && source !== SOURCE.together) return followed(-1, SOURCE.trend);
  if (because.length > 0) return { because, weight, source: SOURCE.together };
  return followed(lastClick(slabs, slot, 1), SOURCE.together);
}

/** A reason that names one item, or none for −1. */
function followed(item: number, source: number): ReasonRow {
  return item < 0 ? { because: [], weight: [], source } : { because: [item], weight: [1], source };
}

function lastClick(slabs: InterestSlabs, slot: number, back: number): number {
  const count = slabs.clickCount[slot];
  return count < back ? -1 : slabs.clickItem[slot * slabs.bounds.clicks + count - back];
}

/** Fills the items that speak most for the candidate, strongest first; returns Σ b_j · max(0, cos) over all. */
function strongest(
  item: number,
  attended: Attended,
  vectors: Float32Array,
  width: number,
  because: number[],
  weight: number[],
): number {
  let total = 0;
  for (let j = 0; j < attended.items.length; j++) {
    const other = attended.items[j];
    if (other < 0 || other === item) continue;
    const value =
      attended.attention[attended.attentionAt + j] *
      Math.max(0, dot(vectors, item * width, vectors, other * width, width));
    if (value <= 0) continue;
    total += value;
    insert(because, weight, other, value);
  }
  for (let i = 0; i < weight.length; i++) weight[i] /= total;
  return total;
}

function insert(because: number[], weight: number[], item: number, value: number): void {
  let at = because.length;
  while (at > 0 && weight[at - 1] < value) at--;
  if (at >= BECAUSE_MAX) return;
  because.splice(at, 0, item);
  weight.splice(at, 0, value);
  if (because.length > BECAUSE_MAX) {
    because.pop();
    weight.pop();
  }
}
