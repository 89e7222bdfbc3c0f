/** Places of a list that count nearly the same (reciprocal rank fusion, Cormack et al. 2009). */
const RANK_OFFSET = 60;

/** A list of items, best first, and what it counts. */
export interface RankedHits {
  readonly items: ArrayLike<number>;
  readonly share: number;
  /** What each item counts of that; absent: 1. */
  readonly weights?: ArrayLike<number>;
}

/** At most `count` items of several lists, best first: each list adds `share · weight / (60 + place)`. The caller's. */
export function fuseHits(lists: readonly RankedHits[], count: number): Int32Array {
  const scores = new Map<number, number>();
  for (const { items, share, weights } of lists)
    for (let place = 0; place < items.length; place++)
      scores.set(
        items[place],
        (scores.get(items[place]) ?? 0) + (share * (weights?.[place] ?? 1)) / (RANK_OFFSET + place),
      );
  const best = [...scores].sort(([a, of], [b, than]) => than - of || a - b);
  return Int32Array.from(best.slice(0, count), ([item]) => item);
}
