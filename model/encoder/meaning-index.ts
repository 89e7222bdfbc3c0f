import { packVector } from './vector-bytes.js';

/** Items found, best first. */
export interface MeaningHits {
  /** Int32 [count]: item indices. */
  readonly items: Int32Array;
  /** Float32 [count], falling. */
  readonly cosines: Float32Array;
}

/** Rows that the index begins with; it doubles when it is full. */
const ROWS_AT_FIRST = 1_024;

/**
 * The encoder's vectors of all items, and which of them are nearest to another: by looking at each, a tenth of a second for 262,144
 * items. Takes `dimension + 4` bytes an item. One thread's, which has no shopper waiting for anything else.
 */
export class MeaningIndex {
  readonly #dimension: number;
  #bytes: Int8Array;
  /** 0: no such item. */
  #scales: Float32Array;

  constructor(dimension: number) {
    this.#dimension = dimension;
    this.#bytes = new Int8Array(ROWS_AT_FIRST * dimension);
    this.#scales = new Float32Array(ROWS_AT_FIRST);
  }

  /** @param vector Float32 [dimension], copied; undefined: there is no such item any more, or nothing is said of it. */
  set(item: number, vector: Float32Array | undefined): void {
    this.#reserve(item);
    const at = item * this.#dimension;
    this.#scales[item] =
      vector === undefined ? 0 : packVector(vector, this.#bytes.subarray(at, at + this.#dimension));
  }

  /** Writes the item's vector, Float32 [dimension], as it was packed; false where there is none. */
  read(item: number, into: Float32Array): boolean {
    const scale = this.#scales[item] ?? 0;
    for (let d = 0, at = item * this.#dimension; d < this.#dimension; d++, at++)
      into[d] = scale * this.#bytes[at];
    return scale > 0;
  }

  /** At most `count` items of a positive cosine with `wanted`, Float32 [dimension], of length 1. */
  nearest(wanted: Float32Array, count: number): MeaningHits {
    const items: number[] = [];
    const cosines: number[] = [];
    for (let item = 0; item < this.#scales.length; item++) {
      if (this.#scales[item] === 0) continue;
      const cosine = this.#cosine(item, wanted);
      if (cosine <= 0 || (items.length === count && cosine <= cosines[count - 1])) continue;
      let to = Math.min(items.length, count - 1);
      for (; to > 0 && cosines[to - 1] < cosine; to--) {
        items[to] = items[to - 1];
        cosines[to] = cosines[to - 1];
      }
      items[to] = item;
      cosines[to] = cosine;
    }
    return { items: Int32Array.from(items), cosines: Float32Array.from(cosines) };
  }

  #cosine(item: number, wanted: Float32Array): number {
    let sum = 0;
    for (let d = 0, at = item * this.#dimension; d < this.#dimension; d++, at++)
      sum += wanted[d] * this.#bytes[at];
    return sum * this.#scales[item];
  }

  #reserve(item: number): void {
    let rows = this.#scales.length;
    if (item < rows) return;
    while (rows <= item) rows *= 2;
    const bytes = new Int8Array(rows * this.#dimension);
    bytes.set(this.#bytes);
    const scales = new Float32Array(rows);
    scales.set(this.#scales);
    this.#bytes = bytes;
    this.#scales = scales;
  }
}
