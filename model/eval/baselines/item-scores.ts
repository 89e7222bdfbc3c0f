import { Stamps } from '../../../metrics/stamps.js';

/**
 * Scores of the items that one question touches, summed up in any order. Buffers are as long as the catalogue and made once;
 * `begin` costs nothing, so a question costs what it touches.
 */
export class ItemScores {
  readonly #score: Float64Array;
  /** Items whose score belongs to the question. */
  readonly #isScored: Stamps;
  readonly #touched: Int32Array;
  #count = 0;

  /** @param used see `Stamps`. */
  constructor(items: number, used = 0) {
    this.#score = new Float64Array(items);
    this.#isScored = new Stamps(items, used);
    this.#touched = new Int32Array(items);
  }

  /** Forgets all scores. */
  begin(): void {
    this.#isScored.forget();
    this.#count = 0;
  }

  add(item: number, gain: number): void {
    if (!this.#isScored.has(item)) {
      this.#isScored.mark(item);
      this.#score[item] = 0;
      this.#touched[this.#count++] = item;
    }
    this.#score[item] += gain;
  }

  /** Takes an item out of the running, whatever it has or will get. */
  exclude(item: number): void {
    this.add(item, -Infinity);
  }

  /** Divides each score by √(`by` of its item × `factor`). */
  divideByRoot(by: Int32Array, factor: number): void {
    for (let i = 0; i < this.#count; i++) {
      const item = this.#touched[i];
      this.#score[item] /= Math.sqrt(by[item] * factor);
    }
  }

  /** Writes the items with the highest scores to `out`, best first, of equal ones the smaller row first; returns how many. */
  top(out: Int32Array): number {
    let count = 0;
    for (let i = 0; i < this.#count; i++) {
      const item = this.#touched[i];
      if (this.#score[item] === -Infinity) continue;
      if (count === out.length && !this.#isBefore(item, out[count - 1])) continue;
      let at = count < out.length ? count++ : count - 1;
      while (at > 0 && this.#isBefore(item, out[at - 1])) out[at] = out[--at];
      out[at] = item;
    }
    return count;
  }

  #isBefore(item: number, other: number): boolean {
    const difference = this.#score[item] - this.#score[other];
    return difference > 0 || (difference === 0 && item < other);
  }
}
