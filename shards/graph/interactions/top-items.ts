/**
 * The K items with the greatest exponentially decayed count, kept exact by single updates: all counts fade with one
 * half-life, so between two clicks no item overtakes another, and only a clicked item can rise. What is compared is
 * `log2(count) + atMs / halfLifeMs`, which does not change with time.
 */
export class TopItems {
  readonly items: Int32Array;
  readonly #ranks: Float64Array;
  readonly #halfLifeMs: number;
  count = 0;

  constructor(sizeMax: number, halfLifeMs: number) {
    this.items = new Int32Array(sizeMax);
    this.#ranks = new Float64Array(sizeMax);
    this.#halfLifeMs = halfLifeMs;
  }

  /** Takes in that `item` has `count` as of `atMs`. Something older than what is known of it changes nothing. */
  update(item: number, count: number, atMs: number): void {
    if (count <= 0) return;
    const rank = Math.log2(count) + atMs / this.#halfLifeMs;
    if (this.count === this.items.length && rank <= this.#ranks[this.count - 1]) return;
    let at = this.#find(item);
    if (at >= 0 && rank <= this.#ranks[at]) return;
    if (at < 0) at = this.count < this.items.length ? this.count++ : this.count - 1;
    while (at > 0 && this.#ranks[at - 1] < rank) {
      this.items[at] = this.items[at - 1];
      this.#ranks[at] = this.#ranks[at - 1];
      at--;
    }
    this.items[at] = item;
    this.#ranks[at] = rank;
  }

  /** Count of the `i`-th item, faded to `nowMs`. */
  countAt(i: number, nowMs: number): number {
    return 2 ** (this.#ranks[i] - nowMs / this.#halfLifeMs);
  }

  #find(item: number): number {
    for (let i = 0; i < this.count; i++) if (this.items[i] === item) return i;
    return -1;
  }
}
