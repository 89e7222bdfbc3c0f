import {
  FEATURE_CONTEXT,
  FEATURE_COUNT,
  FEATURE_INPUTS,
  type FeatureContext,
  type FeatureInput,
} from '../features/feature-list.js';
import { SCORE_COLUMNS, SCORE_SCALE, type LinearRanker } from '../scorer/scorer.js';
import { takeBuffers, type RoomyMemory } from './shared-memory.js';
import type { ScorerShape } from '../scorer/step-shape.js';
import { at, loadKernel, type KernelFunctions } from './load-kernel.js';
import { CUT_COUNTS, ProposedColumns } from './proposed-columns.js';

/** Numbers between the end of a column and the next: columns a power of two apart would share a few lines of the cache. */
const COLUMN_GAP = 16;
/** Categories that a session may spread over: as many as a user has nodes at most. */
export const SHARES_MAX = 256;

/**
 * Scores the candidates of one user: features, dots with their interest and recent clicks, and the ranker over them, in
 * WebAssembly four candidates at a time, item vectors where they lie. Its buffers are made once, in a room in the memory of the vectors, which is the thread's until it has ended;
 * a user's numbers are written to them, `run`, and read, until the next user's are written. One thread's; nothing is
 * allocated per click.
 */
export class CandidateKernel {
  /** Float32 [max] each: what the features are computed from. Places beyond the candidates may hold anything. */
  readonly inputs: Readonly<Record<FeatureInput, Float32Array>>;
  /** Those of the inputs, and the items, that come from who proposes candidates. */
  readonly proposed: ProposedColumns;
  /** Int32 [max]: item index of each candidate. */
  readonly items: Int32Array;
  /** Int32 [max]: codes of each candidate's category and brand, below zero for none; what `describe` is told of. */
  readonly categories: Int32Array;
  readonly brands: Int32Array;
  /** Int32 and Float32 [SHARES_MAX]: categories of the session, each once, and the share of its items in each. */
  readonly sharedCategories: Int32Array;
  readonly shares: Float32Array;
  /** Float32 [1 + R, D]: the user's interest, then the vectors of their last R clicks, newest first, zeros where there are fewer. */
  readonly targets: Float32Array;
  /** Output. Float32 columns, `stride` numbers apart: column c of candidate m is at `c · stride + m`, in the ranker's order. */
  readonly columns: Float32Array;
  readonly stride: number;
  /** Output. Float32 [max]: the final scores, comparable within one user only. */
  readonly scores: Float32Array;
  readonly #functions: KernelFunctions;
  readonly #inputColumns: Float32Array;
  readonly #context: Float32Array;
  readonly #weights: Float32Array;
  readonly #bias: number;
  readonly #width: number;
  readonly #recents: number;

  /** For `max` candidates at most. */
  constructor(
    { width, recents }: Pick<ScorerShape, 'width' | 'recents'>,
    { weight, bias }: LinearRanker,
    shared: RoomyMemory,
    max: number,
  ) {
    this.stride = Math.ceil(max / COLUMN_GAP) * COLUMN_GAP + COLUMN_GAP;
    const buffers = takeBuffers(shared, {
      inputs: FEATURE_INPUTS.length * this.stride,
      items: max,
      // Whole groups of four are read.
      categories: this.stride,
      brands: this.stride,
      sharedCategories: SHARES_MAX,
      shares: SHARES_MAX,
      targets: (1 + recents) * width,
      // Cosines with the recents are columns until the best of them is taken.
      columns: (FEATURE_COUNT + Math.max(SCORE_COLUMNS, 1 + recents)) * this.stride,
      scores: this.stride,
      counts: CUT_COUNTS,
      dropped: max,
      context: FEATURE_CONTEXT.length,
      weights: weight.length,
    });
    this.inputs = columnsOf(buffers.inputs, this.stride, max);
    this.items = integers(buffers.items);
    this.categories = integers(buffers.categories);
    this.brands = integers(buffers.brands);
    this.sharedCategories = integers(buffers.sharedCategories);
    this.shares = buffers.shares;
    this.targets = buffers.targets;
    this.columns = buffers.columns;
    this.scores = buffers.scores;
    this.#inputColumns = buffers.inputs;
    this.#context = buffers.context;
    this.#weights = buffers.weights;
    this.#weights.set(weight);
    this.#bias = bias;
    this.#width = width;
    this.#recents = recents;
    this.#functions = loadKernel(shared.memory);
    const { items, stride } = this;
    this.proposed = new ProposedColumns({ memory: shared, ...buffers, stride, items });
  }

  /**
   * Fills the inputs that say what the first `count` candidates are beside the session: `sameCategory`, `sameBrand` and
   * `categoryShare` from their codes and those of the last click, by the first `sharedCount` of `shares`; `hasNoVector` from the vectors.
   */
  describe(count: number, lastCategory: number, lastBrand: number, sharedCount: number): void {
    const { inputs, categories, brands, items, sharedCategories, shares } = this;
    const f = this.#functions;
    f.blanks(0, at(items), count, this.#width, at(inputs.hasNoVector));
    f.alike(at(categories), count, lastCategory, at(inputs.sameCategory));
    f.alike(at(brands), count, lastBrand, at(inputs.sameBrand));
    f.sharesOf(
      at(categories),
      count,
      at(sharedCategories),
      at(shares),
      sharedCount,
      at(inputs.categoryShare),
    );
  }

  /** Fills `columns` and `scores` of the first `count` candidates from what was written for them. */
  run(count: number, user: FeatureContext): void {
    for (let i = 0; i < FEATURE_CONTEXT.length; i++) this.#context[i] = user[FEATURE_CONTEXT[i]];
    const { columns, stride } = this;
    const f = this.#functions;
    f.features(at(this.#inputColumns), at(this.#context), at(columns), stride, count);
    this.#cosines(count);
    f.combine(
      at(columns),
      FEATURE_COUNT + SCORE_COLUMNS,
      stride,
      count,
      at(this.#weights),
      this.#bias,
      at(this.scores),
    );
  }

  /** The columns after the features: the network's score, the cosine with the last click, and the best of the others. */
  #cosines(count: number): void {
    const { columns, stride } = this;
    const f = this.#functions;
    const first = at(columns, FEATURE_COUNT * stride);
    f.dots(0, at(this.items), count, this.#width, at(this.targets), 1 + this.#recents, first, stride);
    f.scale(first, count, SCORE_SCALE);
    const best = at(columns, (FEATURE_COUNT + 2) * stride);
    if (this.#recents > 1) f.greatest(best, this.#recents - 1, stride, count, best);
    else f.greatest(at(columns, (FEATURE_COUNT + 1) * stride), 1, stride, count, best);
  }
}

function integers({ buffer, byteOffset, length }: Float32Array): Int32Array {
  return new Int32Array(buffer, byteOffset, length);
}

function columnsOf(
  columns: Float32Array,
  stride: number,
  max: number,
): Readonly<Record<FeatureInput, Float32Array>> {
  const entries = FEATURE_INPUTS.map((name, c) => [name, columns.subarray(c * stride, c * stride + max)]);
  return Object.fromEntries(entries) as Record<FeatureInput, Float32Array>;
}
