import type { Bundle } from './bundle.js';
import type { Catalogue } from './catalogue-writer.js';
import type { SharedVectors } from './shared-vectors.js';

/**
 * A bundle's vectors put in the places of the catalogue's items. Its items have to be in the catalogue before
 * (`Catalogue.seed`). An item without a vector of its own takes the unit mean of the vectors of its category, or zeros
 * where the category has none. The bundle itself is not kept.
 */
export class PlacedBundle {
  readonly shared: SharedVectors;
  /** Int32 [rows of the bundle]: item index of each row; −1 for an item that is not in the catalogue. */
  readonly indexOfRow: Int32Array;
  readonly #catalogue: Catalogue;
  readonly #vectors: Float32Array;
  /** Uint8 [itemMax]: 1 when the vector is the item's own. */
  readonly #hasOwn: Uint8Array;
  /** Unit means by category. */
  readonly #means = new Map<string, Float32Array>();

  /** Places everything into `shared`, which is new and as wide as the bundle. */
  constructor(
    bundle: Pick<Bundle, 'items' | 'vectors' | 'similar'>,
    catalogue: Catalogue,
    shared: SharedVectors,
  ) {
    this.shared = shared;
    this.indexOfRow = Int32Array.from(bundle.items, ({ id }) => catalogue.indexOf(id));
    this.#catalogue = catalogue;
    this.#vectors = new Float32Array(shared.vectors);
    this.#hasOwn = new Uint8Array(shared.itemMax);
    this.#placeVectors(bundle.vectors);
    this.#placeSimilar(bundle.similar);
    for (const index of catalogue.indices()) this.placeItem(index);
  }

  /** Gives an item that is new, or changed its category, its place; a vector of its own stays. Call on every change of an item. */
  placeItem(index: number): void {
    if (this.#hasOwn[index] === 1) return;
    const { width } = this.shared;
    const mean = this.#means.get(this.#catalogue.item(index)?.category ?? '');
    if (mean === undefined) this.#vectors.fill(0, index * width, (index + 1) * width);
    else this.#vectors.set(mean, index * width);
  }

  #placeVectors(vectors: Float32Array): void {
    const { width } = this.shared;
    this.indexOfRow.forEach((index, row) => {
      const vector = vectors.subarray(row * width, (row + 1) * width);
      if (index < 0 || vector.every((value) => value === 0)) return;
      this.#vectors.set(vector, index * width);
      this.#hasOwn[index] = 1;
      this.#addToMean(index, vector);
    });
    for (const mean of this.#means.values()) toUnitLength(mean);
  }

  #addToMean(index: number, vector: Float32Array): void {
    const category = this.#catalogue.item(index)?.category;
    if (category === undefined) return;
    const sum = this.#means.get(category) ?? new Float32Array(vector.length);
    for (let i = 0; i < vector.length; i++) sum[i] += vector[i];
    this.#means.set(category, sum);
  }

  /** Lists close up over items that are not in the catalogue. */
  #placeSimilar(similar: Int32Array): void {
    const { similarCount } = this.shared;
    const target = new Int32Array(this.shared.similar);
    this.indexOfRow.forEach((index, row) => {
      if (index < 0) return;
      let to = index * similarCount;
      for (let from = row * similarCount; from < (row + 1) * similarCount; from++) {
        const neighbour = similar[from] < 0 ? -1 : this.indexOfRow[similar[from]];
        if (neighbour >= 0) target[to++] = neighbour + 1;
      }
    });
  }
}

/** In place; a vector of nearly no length becomes zeros, since its direction would be noise. */
function toUnitLength(vector: Float32Array): void {
  const length = Math.hypot(...vector);
  const scale = length > 1e-6 ? 1 / length : 0;
  for (let i = 0; i < vector.length; i++) vector[i] *= scale;
}
