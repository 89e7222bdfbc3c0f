/** Catalogue coverage: share of the items that were listed at all; `listed` holds how often each was. 0 for no items. */
export function coverage(listed: Int32Array): number {
  let any = 0;
  for (const times of listed) if (times > 0) any++;
  return listed.length === 0 ? 0 : any / listed.length;
}

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

/** Item vectors: Float32 [items, width], row-major, unit length; a zero row is an item without a vector. Borrowed. */
export interface ItemVectors {
  readonly vectors: Float32Array;
  readonly width: number;
}

/**
 * Intra-list diversity: 1 − mean cosine over all pairs of a list's items, 0 when all point the same way. Items without a
 * vector are left out; NaN when fewer than two are left. For unit vectors the pairs need no loop: Σ cos = (|Σ v|² − n) / 2.
 */
export function intraListDiversity(list: ArrayLike<number>, { vectors, width }: ItemVectors): number {
  let squares = 0;
  let count = 0;
  for (let i = 0; i < list.length; i++) if (hasVector(vectors, list[i] * width, width)) count++;
  for (let d = 0; d < width; d++) {
    let sum = 0;
    for (let i = 0; i < list.length; i++) sum += vectors[list[i] * width + d];
    squares += sum * sum;
  }
  return count < 2 ? Number.NaN : 1 - (squares - count) / (count * (count - 1));
}

function hasVector(vectors: Float32Array, from: number, width: number): boolean {
  for (let d = from; d < from + width; d++) if (vectors[d] !== 0) return true;
  return false;
}

/**
 * Mean popularity of a list's items, 0..1: each item's clicks before the test as a share of those of the most clicked item.
 * `clicks` by item; 0 for an empty list or when nothing was clicked (`most` 0).
 */
export function meanPopularity(list: ArrayLike<number>, clicks: Int32Array, most: number): number {
  if (list.length === 0 || most === 0) return 0;
  let sum = 0;
  for (let i = 0; i < list.length; i++) sum += clicks[list[i]];
  return sum / (list.length * most);
}
