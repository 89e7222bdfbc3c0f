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
