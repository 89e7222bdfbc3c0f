import { dot } from '../kernel/dot.js';
import { itemVectors, type SharedVectors } from '../kernel/shared-vectors.js';

/** Items that a new one is compared with: the most clicked of those with a learned vector. */
export const REFERENCES_MAX = 4_096;

/**
 * Makes the list of nearest items of an item that training has not seen, and puts the item into theirs where it is nearer
 * than what they hold. The work is `REFERENCES_MAX + NEW_ITEMS_MAX + similarCount²` dot products at most, whatever the size of
 * the catalogue. Writes `similar` of the shared vectors, on the gateway thread; a reader may meet a row half moved.
 */
export class ItemLinker {
  readonly #width: number;
  readonly #similarCount: number;
  readonly #vectors: Float32Array;
  readonly #similar: Int32Array;
  readonly #references: Int32Array;
  readonly #best: Int32Array;
  readonly #cosines: Float32Array;
  #count = 0;

  /** `references`: item indices, at most `REFERENCES_MAX`. */
  constructor(shared: SharedVectors, references: Int32Array) {
    this.#width = shared.width;
    this.#similarCount = shared.similarCount;
    this.#vectors = itemVectors(shared);
    this.#similar = new Int32Array(shared.similar);
    this.#references = references;
    this.#best = new Int32Array(shared.similarCount);
    this.#cosines = new Float32Array(shared.similarCount);
  }

  /** `others`: further items to compare with, such as those that are new as well. */
  link(item: number, others: Iterable<number>): void {
    this.#count = 0;
    for (let i = 0; i < this.#references.length; i++) this.#consider(item, this.#references[i]);
    for (const other of others) if (other !== item) this.#consider(item, other);
    const row = item * this.#similarCount;
    for (let i = 0; i < this.#similarCount; i++)
      this.#similar[row + i] = i < this.#count ? this.#best[i] + 1 : 0;
    for (let i = 0; i < this.#count; i++) this.#insert(this.#best[i], item, this.#cosines[i]);
  }

  #consider(item: number, other: number): void {
    const cosine = this.#cosine(item, other);
    if (cosine <= 0) return;
    let to = this.#count;
    if (to === this.#similarCount) {
      if (to === 0 || cosine <= this.#cosines[--to]) return;
    } else this.#count++;
    for (; to > 0 && this.#cosines[to - 1] < cosine; to--) {
      this.#cosines[to] = this.#cosines[to - 1];
      this.#best[to] = this.#best[to - 1];
    }
    this.#cosines[to] = cosine;
    this.#best[to] = other;
  }

  /** Puts `item` into the row of `other`, where its cosine belongs; a full row gives up its last. */
  #insert(other: number, item: number, cosine: number): void {
    const start = other * this.#similarCount;
    const end = start + this.#similarCount;
    let at = start;
    for (; at < end && this.#similar[at] !== 0; at++) {
      if (this.#similar[at] === item + 1) return;
      if (this.#cosine(other, this.#similar[at] - 1) < cosine) break;
    }
    if (at === end) return;
    let last = at;
    while (last < end - 1 && this.#similar[last] !== 0 && this.#similar[last] !== item + 1) last++;
    this.#similar.copyWithin(at + 1, at, last);
    this.#similar[at] = item + 1;
  }

  #cosine(a: number, b: number): number {
    return dot(this.#vectors, a * this.#width, this.#vectors, b * this.#width, this.#width);
  }
}
