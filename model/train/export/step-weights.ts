import { HEADS, type Parameters } from '../network/parameters.js';
import type { ScorerShape } from '../../scorer/step-shape.js';

/** Weights of the exported step, with scale factors, identities and the slow mix folded in, ready for `Gemm`. */
export interface StepWeights {
  /** D. */
  readonly width: number;
  /** [D, D]: √D · A. */
  readonly attention: Float32Array;
  /** [2D, 2D] and [2D]: `[m, x] → [z | c]`. */
  readonly mix: Float32Array;
  readonly mixBias: Float32Array;
  /** [D, 2D]: √D · Q of both heads side by side. */
  readonly query: Float32Array;
  /** [4D, D]: `[h; s⁰; s¹; l] → u` before normalisation, with the identity of s⁰ and λ on the diagonal of l. */
  readonly interest: Float32Array;
}

/** Folds a trained network's parameters for a step of `width` D. Buffers are the receiver's. */
export function foldWeights(p: Parameters, { width: d }: Pick<ScorerShape, 'width'>): StepWeights {
  const scale = Math.sqrt(d);
  const query = new Float32Array(d * HEADS * d);
  const interest = new Float32Array(4 * d * d);
  interest.set(p.interest);
  for (let row = 0; row < d; row++) {
    for (let column = 0; column < d; column++) {
      query[row * 2 * d + column] = scale * p.query0[row * d + column];
      query[row * 2 * d + d + column] = scale * p.query1[row * d + column];
    }
    interest[(d + row) * d + row] += 1;
    interest[(3 * d + row) * d + row] = p.slow[0];
  }
  return {
    width: d,
    attention: p.attention.map((w) => scale * w),
    mix: p.mix,
    mixBias: p.mixBias,
    query,
    interest,
  };
}
