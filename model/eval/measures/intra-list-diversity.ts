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
