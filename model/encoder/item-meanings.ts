import type { Item } from '../catalogue/shared-catalogue.js';
import { toUnitLength } from '../content/linear-projection.js';
import { itemTexts, type ItemText } from './item-texts.js';

/** Items on their way to vectors: which texts are to be encoded for them, each once, and what the vectors of those make of each item. */
export class ItemMeanings {
  /** Of all items; no text comes twice. */
  readonly texts: readonly string[];
  readonly #told: readonly (readonly ItemText[])[];

  /** Of `undefined` nothing is said. */
  constructor(items: readonly (Omit<Item, 'id'> | undefined)[]) {
    this.#told = items.map((item) => (item === undefined ? [] : itemTexts(item)));
    this.texts = [...new Set(this.#told.flatMap((told) => told.map(({ text }) => text)))];
  }

  /**
   * A vector of each item, of length 1, undefined for those of which nothing is said: the sum of its texts' by their shares. `vectors` are
   * those of `texts`, Float32 [dimension] of length 1; that of an item with one text is that text's own.
   */
  of(vectors: readonly Float32Array[]): readonly (Float32Array | undefined)[] {
    const vectorOf = new Map(this.texts.map((text, i) => [text, vectors[i]]));
    return this.#told.map((told) => {
      const own = told.map(({ text }) => vectorOf.get(text) as Float32Array);
      return own.length > 1 ? weighedSum(told, own) : own[0];
    });
  }
}

function weighedSum(told: readonly ItemText[], vectors: readonly Float32Array[]): Float32Array {
  const sum = new Float32Array(vectors[0].length);
  vectors.forEach((vector, i) => {
    const { share } = told[i];
    for (let d = 0; d < sum.length; d++) sum[d] += share * vector[d];
  });
  toUnitLength(sum, 0, sum.length);
  return sum;
}
