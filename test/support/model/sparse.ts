import type { SparseVector } from '../../../model/content/text-encoder.js';

/** A sparse vector of pairs (place, value). */
export function sparse(...pairs: readonly (readonly [number, number])[]): SparseVector {
  return {
    count: pairs.length,
    places: Int32Array.from(pairs, ([place]) => place),
    values: Float32Array.from(pairs, ([, value]) => value),
  };
}
