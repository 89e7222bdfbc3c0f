import type { Item } from '../catalogue/shared-catalogue.js';
import type { LearnedBlend } from './content-blend.js';
import { LinearProjection } from './linear-projection.js';
import { createSparseVector, TextEncoder, type SparseVector } from './text-encoder.js';

/** What was learned about content; a bundle has either, both or none. Arrays are shared and never changed. */
export interface ContentWeights {
  readonly text?: {
    /** Float32 [buckets], see `TextEncoder`. */
    readonly idf: Float32Array;
    /** Float32 [buckets + 1, width], see `LinearProjection`. */
    readonly weights: Float32Array;
  };
  /** For vectors that come with items. */
  readonly given?: {
    /** Float32 [inputs + 1, width]; `inputs` is the length of the vectors it was learned from. */
    readonly weights: Float32Array;
  };
  /** How much the items that say the like count beside `text`, where an encoder read them in the training. */
  readonly blend?: LearnedBlend;
}

/** Gives an item that nobody clicked a place in the item space by what is known of it. */
export class ContentProjection {
  readonly #width: number;
  readonly #encoder: TextEncoder | undefined;
  readonly #text: LinearProjection | undefined;
  readonly #given: LinearProjection | undefined;
  readonly #words = createSparseVector();
  readonly #dense: SparseVector | undefined;

  constructor({ text, given }: ContentWeights, width: number) {
    this.#width = width;
    this.#encoder = text && new TextEncoder(text.idf);
    this.#text = text && new LinearProjection(text.weights, width);
    this.#given = given && new LinearProjection(given.weights, width);
    this.#dense = this.#given && createDenseVector(this.#given.inputs);
  }

  /**
   * Writes the item's place, of unit length, into `into` (Float32 [width]): from its vector when it has one as long as those
   * of the training, else from its text. False, and zeros, when neither says anything.
   */
  project(item: Item, into: Float32Array): boolean {
    if (this.#projectGiven(item.vector, into)) return true;
    if (this.#text !== undefined && this.#encoder !== undefined) {
      this.#encoder.encode(item, this.#words);
      if (this.#words.count > 0) return this.#text.project(this.#words, into, 0);
    }
    into.fill(0, 0, this.#width);
    return false;
  }

  #projectGiven(vector: readonly number[] | undefined, into: Float32Array): boolean {
    if (this.#given === undefined || this.#dense === undefined) return false;
    if (vector === undefined || !writeUnit(vector, this.#dense)) return false;
    return this.#given.project(this.#dense, into, 0);
  }
}

/** A dense vector in sparse form: entry i is in place i. */
export function createDenseVector(length: number): SparseVector {
  return {
    count: length,
    places: Int32Array.from({ length }, (_, i) => i),
    values: new Float32Array(length),
  };
}

/** Writes a given vector at unit length; false for one of another length, or of zeros. */
export function writeUnit(vector: readonly number[], into: SparseVector): boolean {
  if (vector.length !== into.count) return false;
  let square = 0;
  for (const value of vector) square += value * value;
  if (!(square > 0 && Number.isFinite(square))) return false;
  const scale = 1 / Math.sqrt(square);
  for (let i = 0; i < vector.length; i++) into.values[i] = scale * vector[i];
  return true;
}
