import { toUnitLength } from './linear-projection.js';
import type { SparseVector } from './text-encoder.js';

/** Neighbours whose vectors an item's place is made of, and how fast a neighbour counts less the less alike it is. */
const NEIGHBOURS = 20;
const LIKENESS_POWER = 3;

/** What is known of an item's content: words at unit length, and the encoder's vector, absent until it is there. */
export interface ItemContent {
  readonly words: SparseVector;
  /** Float32 [dimension], unit length. */
  readonly meaning?: Float32Array | undefined;
}

/** An item with a learned place. */
export interface Reference extends ItemContent {
  /** Where it is among `vectors`. */
  readonly row: number;
  /** How much its place is trusted, above 0 to 1. */
  readonly trust: number;
}

/**
 * A place for an item that nobody clicked: the mean of the learned places of the items whose content is most like its own, by
 * words and by meaning together, both with the mean of all references taken out first, so that what all items have in common
 * makes none alike. Chosen on items held out: docs/decisions/0049-encoder.md. One thread's; a place costs a look at each reference.
 */
export class ContentNeighbours {
  readonly #references: readonly Reference[];
  readonly #vectors: Float32Array;
  readonly #width: number;
  readonly #meaningShare: number;
  readonly #meanWords: Float32Array;
  readonly #meanMeaning: Float32Array;
  /** Of each reference: words · mean words, length of the centred words, and the centred meaning, [references, dimension]. */
  readonly #along: Float32Array;
  readonly #lengths: Float32Array;
  readonly #meanings: Float32Array;
  readonly #meanSquare: number;
  readonly #dense: Float32Array;
  readonly #likeness: Float32Array;

  /**
   * @param references at most some thousands
   * @param vectors Float32 [rows, width], unit length; borrowed, read at every place
   * @param buckets places that words may have
   * @param meaning numbers of a meaning, 0 where there are none, and what likeness by it counts beside likeness by words
   */
  constructor(
    references: readonly Reference[],
    { vectors, width }: { readonly vectors: Float32Array; readonly width: number },
    buckets: number,
    { dimension, share }: { readonly dimension: number; readonly share: number },
  ) {
    this.#references = references;
    this.#meaningShare = share;
    this.#vectors = vectors;
    this.#width = width;
    this.#dense = new Float32Array(buckets);
    this.#meanWords = meanWordsOf(references, buckets);
    this.#meanMeaning = meanMeaningOf(references, dimension);
    this.#meanSquare = this.#meanWords.reduce((sum, value) => sum + value * value, 0);
    this.#along = Float32Array.from(references, ({ words }) => alongOf(words, this.#meanWords));
    this.#lengths = this.#along.map((along) => this.#lengthOf(along));
    this.#meanings = new Float32Array(references.length * dimension);
    references.forEach(({ meaning }, i) => this.#centre(meaning, this.#meanings.subarray(i * dimension)));
    this.#likeness = new Float32Array(references.length);
  }

  /** Writes the place, of unit length, into `into` [width]; false, and zeros, when no reference is like the item. */
  place(item: ItemContent, into: Float32Array): boolean {
    into.fill(0);
    this.#likeness.fill(0);
    if (item.words.count > 0) this.#addWords(item.words);
    if (item.meaning !== undefined && this.#meaningShare > 0) this.#addMeaning(item.meaning);
    for (const i of nearest(this.#likeness, NEIGHBOURS)) {
      const { row, trust } = this.#references[i];
      const weight = trust * this.#likeness[i] ** LIKENESS_POWER;
      for (let d = 0; d < this.#width; d++) into[d] += weight * this.#vectors[row * this.#width + d];
    }
    return toUnitLength(into, 0, this.#width);
  }

  #addWords(words: SparseVector): void {
    const along = alongOf(words, this.#meanWords);
    const length = this.#lengthOf(along);
    for (let k = 0; k < words.count; k++) this.#dense[words.places[k]] = words.values[k];
    for (let i = 0; i < this.#references.length; i++) {
      const dot = alongOf(this.#references[i].words, this.#dense) - along - this.#along[i] + this.#meanSquare;
      this.#likeness[i] += dot / (length * this.#lengths[i]);
    }
    for (let k = 0; k < words.count; k++) this.#dense[words.places[k]] = 0;
  }

  #addMeaning(meaning: Float32Array): void {
    const own = new Float32Array(this.#meanMeaning.length);
    this.#centre(meaning, own);
    for (let i = 0; i < this.#references.length; i++) {
      let dot = 0;
      for (let d = 0, at = i * own.length; d < own.length; d++, at++) dot += own[d] * this.#meanings[at];
      this.#likeness[i] += this.#meaningShare * dot;
    }
  }

  #lengthOf(along: number): number {
    return Math.sqrt(Math.max(1e-6, 1 - 2 * along + this.#meanSquare));
  }

  /** Leaves zeros where there is no meaning. */
  #centre(meaning: Float32Array | undefined, into: Float32Array): void {
    if (meaning === undefined) return;
    const { length } = this.#meanMeaning;
    for (let d = 0; d < length; d++) into[d] = meaning[d] - this.#meanMeaning[d];
    toUnitLength(into, 0, length);
  }
}

/** A copy that stays when `words` is used again. */
export function keptWords({ count, places, values }: SparseVector): SparseVector {
  return { count, places: places.slice(0, count), values: values.slice(0, count) };
}

/** The `count` places with the greatest likeness above 0, greatest first. */
function nearest(likeness: Float32Array, count: number): number[] {
  const best: number[] = [];
  for (let i = 0; i < likeness.length; i++) {
    if (likeness[i] <= 0 || (best.length === count && likeness[i] <= likeness[best[count - 1]])) continue;
    let to = Math.min(best.length, count - 1);
    for (; to > 0 && likeness[best[to - 1]] < likeness[i]; to--) best[to] = best[to - 1];
    best[to] = i;
  }
  return best;
}

function alongOf({ count, places, values }: SparseVector, dense: Float32Array): number {
  let sum = 0;
  for (let k = 0; k < count; k++) sum += values[k] * dense[places[k]];
  return sum;
}

function meanWordsOf(references: readonly Reference[], buckets: number): Float32Array {
  const mean = new Float32Array(buckets);
  for (const { words } of references)
    for (let k = 0; k < words.count; k++) mean[words.places[k]] += words.values[k] / references.length;
  return mean;
}

function meanMeaningOf(references: readonly Reference[], dimension: number): Float32Array {
  const mean = new Float32Array(dimension);
  const told = references.filter(({ meaning }) => meaning !== undefined);
  for (const { meaning } of told)
    for (let d = 0; d < dimension; d++) mean[d] += (meaning as Float32Array)[d] / told.length;
  return mean;
}
