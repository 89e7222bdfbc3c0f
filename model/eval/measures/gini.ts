/**
 * Gini coefficient of how often each item was listed: 0 when all equally often, near 1 when few take all places. With
 * the counts in ascending order, `Σ (2 i − n − 1) x_i / (n Σ x)`, i from 1. 0 when nothing was listed.
 */
export function gini(listed: Int32Array): number {
  const ascending = listed.toSorted();
  const n = ascending.length;
  let weighted = 0;
  let total = 0;
  for (let i = 0; i < n; i++) {
    weighted += (2 * (i + 1) - n - 1) * ascending[i];
    total += ascending[i];
  }
  return total === 0 ? 0 : weighted / (n * total);
}
