import type { Item } from '../../catalogue/shared-catalogue.js';
import {
  createSparseVector,
  inverseFrequencies,
  TextEncoder,
  type SparseVector,
} from '../../content/text-encoder.js';
import type { Dataset } from '../../train/data/dataset.js';
import type { Baseline } from './baseline.js';

const BUCKETS = 32_768;
/** Items of the basket that are compared with, the newest ones. */
const BASKET_MAX = 10;

/**
 * Ranks by what is said of the items alone: cosine of title words, category, price step and attributes (TF-IDF) with the
 * newest items of the basket together; those in the basket are left out, since each is most like itself. Learns nothing.
 */
export class AttributeMatching implements Baseline {
  readonly name = 'attribute matching';
  readonly #dataset: Dataset;
  readonly #texts: readonly SparseVector[];
  readonly #basket = new Float32Array(BUCKETS);
  readonly #scores: Float32Array;

  /** `items`: those of the dataset's rows, in their order. */
  constructor(dataset: Dataset, items: readonly Item[]) {
    this.#dataset = dataset;
    const encoder = new TextEncoder(inverseFrequencies(items, BUCKETS, 1));
    const words = createSparseVector();
    this.#texts = items.map((item) => {
      encoder.encode(item, words);
      const { count } = words;
      return { count, places: words.places.slice(0, count), values: words.values.slice(0, count) };
    });
    this.#scores = new Float32Array(items.length);
  }

  learn(): void {}

  recommend(first: number, click: number, out: Int32Array): number {
    const from = Math.max(first, click + 1 - BASKET_MAX);
    const held = this.#dataset.item.subarray(from, click + 1);
    this.#basket.fill(0);
    for (const item of held) this.#add(this.#texts[item]);
    this.#texts.forEach((text, item) => (this.#scores[item] = this.#match(text)));
    for (const item of held) this.#scores[item] = -1;
    const order = [...this.#scores.keys()].filter((item) => this.#scores[item] > 0);
    order.sort((a, b) => this.#scores[b] - this.#scores[a] || a - b);
    const count = Math.min(out.length, order.length);
    out.set(order.slice(0, count));
    return count;
  }

  #add({ count, places, values }: SparseVector): void {
    for (let i = 0; i < count; i++) this.#basket[places[i]] += values[i];
  }

  #match({ count, places, values }: SparseVector): number {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += values[i] * this.#basket[places[i]];
    return sum;
  }
}
