import { FEATURE_INPUTS, type FeatureInput } from '../features/feature-list.js';
import { at, loadKernel, type KernelFunctions } from './load-kernel.js';
import { createSharedMemory, takeBuffers, type RoomyMemory } from './shared-memory.js';

/** Of the kernel's inputs the first so many are of proposals; `assembly/cut.ts` moves them all. */
const PROPOSED = 6;
/** Numbers that `cut` counts in. */
export const CUT_COUNTS = 2_048;

/** Where columns of candidates lie in a kernel's memory. */
interface ColumnPlace {
  readonly memory: RoomyMemory;
  /** Float32 [CUT_COUNTS] and [max]: room for `cut`. */
  readonly counts: Float32Array;
  readonly dropped: Float32Array;
  /** Float32 [columns, stride], in the order of `FEATURE_INPUTS`. */
  readonly inputs: Float32Array;
  readonly stride: number;
  /** Int32 [max]. */
  readonly items: Int32Array;
}

/**
 * What is known of candidates from those who propose them, a column each, Int32 and Float32 [max], in a kernel's memory: the first of
 * the kernel's inputs. One thread's.
 */
export class ProposedColumns {
  readonly item: Int32Array;
  /** How strongly the graphs propose it, 0 at least; decides who stays when there are too many. */
  readonly weight: Float32Array;
  /** Decayed transitions last→item and item→last, co-occurrence with the last and the previous click, neighbour score. */
  readonly next: Float32Array;
  readonly before: Float32Array;
  readonly together: Float32Array;
  readonly togetherPrevious: Float32Array;
  readonly neighbour: Float32Array;
  /** Int32 [max]: items that the last `cut` dropped. */
  readonly dropped: Int32Array;
  readonly #inputs: Float32Array;
  readonly #stride: number;
  readonly #counts: Float32Array;
  readonly #functions: KernelFunctions;

  constructor({ memory, counts, dropped, inputs, stride, items }: ColumnPlace) {
    const max = items.length;
    const column = (name: FeatureInput): Float32Array => {
      const from = FEATURE_INPUTS.indexOf(name) * stride;
      return inputs.subarray(from, from + max);
    };
    this.item = items;
    this.weight = column('weight');
    this.next = column('transition');
    this.before = column('transitionBack');
    this.together = column('together');
    this.togetherPrevious = column('togetherPrevious');
    this.neighbour = column('neighbour');
    this.dropped = new Int32Array(dropped.buffer, dropped.byteOffset, max);
    this.#counts = counts;
    this.#inputs = inputs;
    this.#stride = stride;
    this.#functions = loadKernel(memory.memory);
  }

  /** Columns for `max` candidates that no kernel scores, in a memory of their own: a thread may make any number of them, one after the other. */
  static alone(max: number): ProposedColumns {
    const memory = createSharedMemory(0);
    const { items, ...buffers } = takeBuffers(memory, {
      inputs: PROPOSED * max,
      items: max,
      counts: CUT_COUNTS,
      dropped: max,
    });
    return new ProposedColumns({
      memory,
      ...buffers,
      stride: max,
      items: new Int32Array(items.buffer, items.byteOffset, max),
    });
  }

  /**
   * Keeps the `keep` of the first `count` candidates that have the greatest weight, in the order they have; of equal weights at the
   * border the first ones. `keep` is less than `count`. Returns how many stay; `dropped` has the items of the others.
   */
  cut(count: number, keep: number): number {
    return this.#functions.cut(
      at(this.item),
      at(this.#inputs),
      this.#stride,
      count,
      keep,
      at(this.#counts),
      at(this.dropped),
    );
  }
}
