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
