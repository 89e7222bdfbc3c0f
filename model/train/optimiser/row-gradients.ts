import type { Adam } from './adam.js';

/** Sums gradients by item row, so that a row met several times in a step is updated once. */
export class RowGradients {
  readonly #width: number;
  /** Int32 [items]: place of an item's sum, −1 when it has none. */
  readonly #place: Int32Array;
  readonly #rows: Int32Array;
  readonly #sums: Float32Array;
  #used = 0;

  constructor(items: number, width: number, rowMax: number) {
    this.#width = width;
    this.#place = new Int32Array(items).fill(-1);
    this.#rows = new Int32Array(rowMax);
    this.#sums = new Float32Array(rowMax * width);
  }

  /** Adds `gradients` [rows, width]; `items[i]` −1 is skipped. */
  add(items: Int32Array, gradients: Float32Array): void {
    const width = this.#width;
    const sums = this.#sums;
    for (let i = 0; i < items.length; i++) {
      if (items[i] < 0) continue;
      const at = this.#placeOf(items[i]) * width;
      for (let d = 0; d < width; d++) sums[at + d] += gradients[i * width + d];
    }
  }

  /** Applies the sums to the table and forgets them. */
  apply(adam: Adam): void {
    const width = this.#width;
    for (let i = 0; i < this.#used; i++) {
      adam.row(this.#rows[i] * width, this.#sums.subarray(i * width, (i + 1) * width));
      this.#place[this.#rows[i]] = -1;
    }
    this.#sums.fill(0, 0, this.#used * width);
    this.#used = 0;
  }

  #placeOf(item: number): number {
    if (this.#place[item] < 0) {
      this.#place[item] = this.#used;
      this.#rows[this.#used++] = item;
    }
    return this.#place[item];
  }
}
