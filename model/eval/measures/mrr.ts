/** Reciprocal rank@k: 1 / rank of the first relevant item, 0 when none is among the first k. Its mean is MRR@k. */
export function reciprocalRankAt(list: ArrayLike<number>, relevant: ReadonlySet<number>, k: number): number {
  for (let i = 0; i < Math.min(k, list.length); i++) if (relevant.has(list[i])) return 1 / (i + 1);
  return 0;
}
