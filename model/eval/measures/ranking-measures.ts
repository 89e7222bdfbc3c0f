/** Hit rate@k: 1 when any relevant item is among the first k of a list, else 0. */
export function hitRateAt(list: ArrayLike<number>, relevant: ReadonlySet<number>, k: number): number {
  for (let i = 0; i < Math.min(k, list.length); i++) if (relevant.has(list[i])) return 1;
  return 0;
}

/**
 * Recall@k: share of the relevant items that are among the first k of a list. 0 when nothing is relevant.
 * `list` holds item rows, best first, without repeats.
 */
export function recallAt(list: ArrayLike<number>, relevant: ReadonlySet<number>, k: number): number {
  if (relevant.size === 0) return 0;
  let found = 0;
  for (let i = 0; i < Math.min(k, list.length); i++) if (relevant.has(list[i])) found++;
  return found / relevant.size;
}

/** Precision@k: relevant items among the first k of a list, divided by k also where the list is shorter. */
export function precisionAt(list: ArrayLike<number>, relevant: ReadonlySet<number>, k: number): number {
  let found = 0;
  for (let i = 0; i < Math.min(k, list.length); i++) if (relevant.has(list[i])) found++;
  return found / k;
}

/** F1@k: harmonic mean of precision@k and recall@k of one list; 0 when both are. */
export function f1At(list: ArrayLike<number>, relevant: ReadonlySet<number>, k: number): number {
  const precision = precisionAt(list, relevant, k);
  const recall = recallAt(list, relevant, k);
  return precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
}

/** Reciprocal rank@k: 1 / rank of the first relevant item, 0 when none is among the first k. Its mean is MRR@k. */
export function reciprocalRankAt(list: ArrayLike<number>, relevant: ReadonlySet<number>, k: number): number {
  for (let i = 0; i < Math.min(k, list.length); i++) if (relevant.has(list[i])) return 1 / (i + 1);
  return 0;
}

/**
 * NDCG@k with binary relevance (Järvelin and Kekäläinen 2002): Σ 1 / log2(rank + 1) over the relevant items among the first
 * k, divided by the best possible sum. 0 when nothing is relevant.
 */
export function ndcgAt(list: ArrayLike<number>, relevant: ReadonlySet<number>, k: number): number {
  let gain = 0;
  let ideal = 0;
  for (let i = 0; i < Math.min(k, list.length); i++) if (relevant.has(list[i])) gain += discount(i);
  for (let i = 0; i < Math.min(k, relevant.size); i++) ideal += discount(i);
  return ideal === 0 ? 0 : gain / ideal;
}

/** Discount of place i, counted from 0. */
function discount(i: number): number {
  return 1 / Math.log2(i + 2);
}

/**
 * Area under the ROC curve of one question: the probability that the relevant candidate, at `place`, scores above one drawn
 * evenly from the others of `scores[from .. from + count)`; an equal score counts one half. NaN when there is no other.
 */
export function areaUnderCurve(
  scores: ArrayLike<number>,
  from: number,
  count: number,
  place: number,
): number {
  const own = scores[place];
  let below = 0;
  for (let i = from; i < from + count; i++) {
    if (scores[i] < own) below += 1;
    else if (scores[i] === own && i !== place) below += 0.5;
  }
  return below / (count - 1);
}
