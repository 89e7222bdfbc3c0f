/** Greatest number of an Int32Array: a stamp beyond it would be stored as another number than it is. */
export const STAMP_MAX = 0x7fffffff;

/**
 * Marks on rows 0 … `count` − 1 that are forgotten all at once: a row is marked while its stamp is the current one. `forget`
 * costs nothing, but once in 2³¹ times, when the stamps are used up and all rows are cleared.
 */
export class Stamps {
  readonly #stamp: Int32Array;
  #current: number;

  /** @param used stamps that count as used up already; a test sets it near `STAMP_MAX`. */
  constructor(count: number, used = 0) {
    this.#stamp = new Int32Array(count);
    this.#current = used + 1;
  }

  /** Takes all marks away. */
  forget(): void {
    if (this.#current >= STAMP_MAX) {
      this.#stamp.fill(0);
      this.#current = 0;
    }
    this.#current++;
  }

  mark(row: number): void {
    this.#stamp[row] = this.#current;
  }

  /** False for a row that there is not. */
  has(row: number): boolean {
    return this.#stamp[row] === this.#current;
  }
}
