import { at, loadKernel, type KernelFunctions } from './load-kernel.js';
import { takeBuffers } from './shared-memory.js';
import type { SharedVectors } from './shared-vectors.js';

/**
 * How like some items are to a vector: dots in float64, with the item vectors where they lie. Its buffers are made once, in the memory of
 * the vectors, and are the thread's until it has ended. One thread's; nothing is allocated per call.
 */
export class VectorLikeness {
  /** Int32 [max]: item indices. */
  readonly items: Int32Array;
  /** Float32 [D]. */
  readonly target: Float32Array;
  /** Output. Float64 [max]: dot of each item's vector with the target. */
  readonly likeness: Float64Array;
  readonly #width: number;
  readonly #functions: KernelFunctions;

  /** For `max` items at most. */
  constructor(shared: SharedVectors, max: number) {
    const { items, target, likeness } = takeBuffers(shared, {
      items: max,
      target: shared.width,
      likeness: 2 * max,
    });
    this.items = new Int32Array(items.buffer, items.byteOffset, max);
    this.target = target;
    this.likeness = new Float64Array(likeness.buffer, likeness.byteOffset, max);
    this.#width = shared.width;
    this.#functions = loadKernel(shared.memory);
  }

  /** Fills `likeness` of the first `count` items. */
  run(count: number): void {
    const { items, target, likeness } = this;
    this.#functions.likenesses(0, at(items), count, this.#width, at(target), at(likeness));
  }
}
