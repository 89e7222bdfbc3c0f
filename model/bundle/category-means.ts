import { toUnitLength } from '../content/linear-projection.js';

/** The mean vector of each category's items. */
export class CategoryMeans {
  readonly #means = new Map<string, Float32Array>();

  /** Adds an item's vector, Float32 [width]; of an item without a category nothing is kept. */
  add(category: string | undefined, vector: Float32Array): void {
    if (category === undefined) return;
    const sum = this.#means.get(category) ?? new Float32Array(vector.length);
    for (let i = 0; i < vector.length; i++) sum[i] += vector[i];
    this.#means.set(category, sum);
  }

  /** Brings what was added up to unit length; call it when all is. */
  toUnitLength(): void {
    for (const mean of this.#means.values()) toUnitLength(mean, 0, mean.length);
  }

  /** Float32 [width], not to be changed; undefined for a category without vectors, and for none. */
  of(category: string | undefined): Float32Array | undefined {
    return category === undefined ? undefined : this.#means.get(category);
  }
}
