import type { NetworkShape, Parameters } from './parameters.js';

/** What training gives: weights and item vectors. Both are the receiver's. */
export interface TrainedNetwork {
  readonly shape: NetworkShape;
  readonly parameters: Parameters;
  /** Float32 [items, D]: unit-length vectors; zero rows for items that training has not seen. */
  readonly vectors: Float32Array;
}
