/** Hit rate@k: 1 when any relevant item is among the first k of a list, else 0. */
export function hitRateAt(list: ArrayLike<number>, relevant: ReadonlySet<number>, k: number): number {
  for (let i = 0; i < Math.min(k, list.length); i++) if (relevant.has(list[i])) return 1;
  return 0;
}
