/** Precision@k: relevant items among the first k of a list, divided by k also where the list is shorter. */
export function precisionAt(list: ArrayLike<number>, relevant: ReadonlySet<number>, k: number): number {
  let found = 0;
  for (let i = 0; i < Math.min(k, list.length); i++) if (relevant.has(list[i])) found++;
  return found / k;
}
