import type { ContentBlend } from '../../content/content-blend.js';
import { ContentNeighbours, type Reference } from '../../content/content-neighbours.js';
import { toUnitLength } from '../../content/linear-projection.js';

/** Items held out that a blend is judged on: the first, which are clicked most. */
export const HELD_OUT_MAX = 400;
/** What is tried. */
const MEANING_SHARES = [0, 0.25, 0.5, 1] as const;
const NEIGHBOUR_SHARES = [0, 0.2, 0.4, 0.6, 0.8, 1] as const;

/** An item held out: what is said of it, where its words place it, and where it is. */
export interface HeldOutItem extends Omit<Reference, 'row' | 'trust'> {
  /** Float32 [width], unit length, by a map that was learned without the item. */
  readonly byWords: Float32Array;
  /** Float32 [width], unit length. */
  readonly learned: Float32Array;
  /** What it counts, above 0. */
  readonly importance: number;
}

/** What new items are placed by: learned items, and where those are. */
export interface BlendSpace {
  readonly references: readonly Reference[];
  /** Float32 [rows, width]. */
  readonly vectors: Float32Array;
  readonly width: number;
  /** Of the hashed words. */
  readonly buckets: number;
}

/** A blend, and the mean cosine of the places it gives with the learned ones. */
export interface FittedBlend extends ContentBlend {
  readonly cosine: number;
}

/** The blend by which items held out stand nearest to where they were learned to be. Nothing in it is random. */
export function fitBlend(space: BlendSpace, heldOut: readonly HeldOutItem[]): FittedBlend {
  let best: FittedBlend = { neighbours: 0, meaning: 0, cosine: -2 };
  for (const meaning of MEANING_SHARES)
    for (const fitted of cosinesOf(space, heldOut.slice(0, HELD_OUT_MAX), meaning))
      if (fitted.cosine > best.cosine) best = fitted;
  return best;
}

/** Where a blend places items: Float32 [width] of each, unit length or zeros. */
export function blendedPlaces(
  space: BlendSpace,
  items: readonly Omit<HeldOutItem, 'learned' | 'importance'>[],
  { neighbours: share, meaning }: ContentBlend,
): Float32Array[] {
  const neighbours = neighboursIn(space, meaning);
  const near = new Float32Array(space.width);
  return items.map((item) => {
    neighbours.place(item, near);
    return mixed(item.byWords, near, share);
  });
}

function neighboursIn({ references, vectors, width, buckets }: BlendSpace, share: number): ContentNeighbours {
  const dimension = references.find((one) => one.meaning !== undefined)?.meaning?.length ?? 0;
  return new ContentNeighbours(references, { vectors, width }, buckets, { dimension, share });
}

/** One blend for each share of the neighbours. */
function cosinesOf(
  space: BlendSpace,
  heldOut: readonly HeldOutItem[],
  meaning: number,
): readonly FittedBlend[] {
  const neighbours = neighboursIn(space, meaning);
  const near = new Float32Array(space.width);
  const sums = NEIGHBOUR_SHARES.map(() => 0);
  let total = 0;
  for (const item of heldOut) {
    neighbours.place(item, near);
    NEIGHBOUR_SHARES.forEach((share, k) => (sums[k] += item.importance * blendedCosine(item, near, share)));
    total += item.importance;
  }
  return NEIGHBOUR_SHARES.map((share, k) => ({ neighbours: share, meaning, cosine: sums[k] / total }));
}

function blendedCosine({ byWords, learned }: HeldOutItem, near: Float32Array, share: number): number {
  return mixed(byWords, near, share).reduce((sum, value, d) => sum + value * learned[d], 0);
}

function mixed(byWords: Float32Array, near: Float32Array, share: number): Float32Array {
  const place = byWords.map((value, d) => share * near[d] + (1 - share) * value);
  toUnitLength(place, 0, place.length);
  return place;
}
