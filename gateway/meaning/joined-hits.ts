import type { WordHits } from '../../model/catalogue/search/search-index.js';
import { fuseHits } from './fused-hits.js';

/**
 * Items of a text, at most `count`, best first: those that have its words and those that mean the like, as one list. An item with all of the
 * words counts as much as one that means the same; one with a few of many counts little, or a search in plain words would find what shares
 * its "for the". `meant` is undefined where that is not known. The caller's.
 */
export function joinHits(
  { items, covered }: WordHits,
  meant: ArrayLike<number> | undefined,
  count: number,
): Int32Array {
  if (meant === undefined) return items.slice(0, count);
  return fuseHits(
    [
      { items, share: 1, weights: covered.map((share) => share * share) },
      { items: meant, share: 1 },
    ],
    count,
  );
}
