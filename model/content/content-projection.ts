import type { Item } from '../catalogue/shared-catalogue.js';
import { UNNAMED, vectorsOf } from '../vectors/given-vectors.js';
import type { LearnedBlend } from './content-blend.js';
import { LinearProjection, toUnitLength } from './linear-projection.js';
import { createSparseVector, TextEncoder, type SparseVector } from './text-encoder.js';

/** What was learned about content; a bundle has any of it, or nothing. Arrays are shared and never changed. */
export interface ContentWeights {
  readonly text?: {
    /** Float32 [buckets], see `TextEncoder`. */
    readonly idf: Float32Array;
    /** Float32 [buckets + 1, width], see `LinearProjection`. */
    readonly weights: Float32Array;
    /** What its place counts beside those of vectors, 0 to 1; absent: there are none. */
    readonly share?: number;
  };
  /** For vectors that come with items; names stand once. */
  readonly vectors?: readonly VectorMap[];
  /** How much the items that say the like count beside `text`, where an encoder read them in the training. */
  readonly blend?: LearnedBlend;
}

/** What was learned about the vectors of one name. */
export interface VectorMap {
  readonly name: string;
  /** Float32 [inputs + 1, width]; `inputs` is the length of the vectors it was learned from. */
  readonly weights: Float32Array;
  /** What its place counts beside those of the text and of other vectors, 0 to 1. */
  readonly share: number;
}

/** Maps of bundles that were made before vectors had names: the vector decides alone where an item has one. */
export function unnamedMap(
  text: ContentWeights['text'],
  weights: Float32Array,
): Pick<ContentWeights, 'text' | 'vectors'> {
  return { ...(text && { text: { ...text, share: 0 } }), vectors: [{ name: UNNAMED, weights, share: 1 }] };
}

/** The mean place of the items that say the like, Float32 [width] of unit length, and how much of the text's place it is, 0 to 1. */
export interface NearPlace {
  readonly place: Float32Array;
  readonly share: number;
}

/** A map of vectors of one name, and room for one. */
interface DenseMap {
  readonly map: LinearProjection;
  readonly share: number;
  readonly dense: SparseVector;
}

/**
 * Gives an item that nobody clicked a place in the item space by what is known of it: the places that its text and each of its vectors have
 * by what was learned of them, added up by their shares. What is missing does not count. Where only what counts nothing is
 * known, all of that counts alike.
 */
export class ContentProjection {
  readonly #width: number;
  readonly #encoder: TextEncoder | undefined;
  readonly #text: LinearProjection | undefined;
  readonly #textShare: number;
  readonly #vectors: ReadonlyMap<string, DenseMap>;
  readonly #words = createSparseVector();
  readonly #one: Float32Array;
  /** The sum of places by their shares, and the plain one. */
  readonly #weighed: Float32Array;
  readonly #plain: Float32Array;

  constructor({ text, vectors = [] }: ContentWeights, width: number) {
    this.#width = width;
    this.#encoder = text && new TextEncoder(text.idf);
    this.#text = text && new LinearProjection(text.weights, width);
    this.#textShare = text?.share ?? 1;
    this.#vectors = new Map(
      vectors.map(({ name, weights, share }) => {
        const map = new LinearProjection(weights, width);
        return [name, { map, share, dense: createDenseVector(map.inputs) }];
      }),
    );
    this.#one = new Float32Array(width);
    this.#weighed = new Float32Array(width);
    this.#plain = new Float32Array(width);
  }

  /**
   * Writes the item's place, of unit length, into `into` (Float32 [width]). A vector of another length than those of the training says
   * nothing. `near` belongs to the text. False, and zeros, when nothing says anything.
   */
  project(item: Item, into: Float32Array, near?: NearPlace): boolean {
    this.#weighed.fill(0);
    this.#plain.fill(0);
    let shares = 0;
    if (this.#placeText(item, near)) shares += this.#add(this.#textShare);
    for (const [name, vector] of vectorsOf(item)) {
      const known = this.#vectors.get(name);
      if (known === undefined || !writeUnit(vector, known.dense)) continue;
      if (known.map.project(known.dense, this.#one, 0)) shares += this.#add(known.share);
    }
    into.set(shares > 0 ? this.#weighed : this.#plain);
    return toUnitLength(into, 0, this.#width);
  }

  /** Adds `#one` to both sums; the share. */
  #add(share: number): number {
    for (let d = 0; d < this.#width; d++) {
      this.#weighed[d] += share * this.#one[d];
      this.#plain[d] += this.#one[d];
    }
    return share;
  }

  /** Into `#one`; false when the text says nothing and nothing is near. */
  #placeText(item: Item, near: NearPlace | undefined): boolean {
    const isPlaced = this.#placeWords(item);
    if (near === undefined) return isPlaced;
    const share = isPlaced ? near.share : 1;
    for (let d = 0; d < this.#width; d++)
      this.#one[d] = share * near.place[d] + (1 - share) * (isPlaced ? this.#one[d] : 0);
    return toUnitLength(this.#one, 0, this.#width);
  }

  #placeWords(item: Item): boolean {
    if (this.#text === undefined || this.#encoder === undefined) return false;
    this.#encoder.encode(item, this.#words);
    return this.#words.count > 0 && this.#text.project(this.#words, this.#one, 0);
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
