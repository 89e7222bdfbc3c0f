import type { SparseVector } from './text-encoder.js';

/**
 * A linear map from content to the item space, `unit(bias + Σ x_i W_i)`. `weights` is Float32 [inputs + 1, width],
 * row-major; the last row is the bias.
 */
export class LinearProjection {
  readonly inputs: number;
  readonly width: number;
  readonly weights: Float32Array;

  constructor(weights: Float32Array, width: number) {
    this.weights = weights;
    this.width = width;
    this.inputs = weights.length / width - 1;
  }

  /** Writes the unit vector at `offset` of `into`; false, and zeros, when its direction would be noise. */
  project(x: SparseVector, into: Float32Array, offset: number): boolean {
    const { weights, width } = this;
    const bias = this.inputs * width;
    for (let d = 0; d < width; d++) into[offset + d] = weights[bias + d];
    for (let i = 0; i < x.count; i++) {
      const row = x.places[i] * width;
      const value = x.values[i];
      for (let d = 0; d < width; d++) into[offset + d] += value * weights[row + d];
    }
    return toUnitLength(into, offset, width);
  }
}

/** In place, `width` numbers from `offset` on; false, and zeros, for a vector of nearly no length. */
export function toUnitLength(vectors: Float32Array, offset: number, width: number): boolean {
  let square = 0;
  for (let d = offset; d < offset + width; d++) square += vectors[d] * vectors[d];
  const scale = square > 1e-12 ? 1 / Math.sqrt(square) : 0;
  for (let d = offset; d < offset + width; d++) vectors[d] *= scale;
  return scale > 0;
}
