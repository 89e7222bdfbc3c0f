import type { Random } from '../random-numbers.js';

/** How the softmax's columns are chosen. */
export interface ColumnChoice {
  /** Int32 [items]: how often an item is a target in training. Items that never occur are no columns. */
  readonly targetCounts: Int32Array;
  /** Uniform negatives per step. */
  readonly negatives: number;
  /** Most targets in a step. */
  readonly targets: number;
  /** Up to this many items every one is a column of every step, without correction. */
  readonly fullMax: number;
  /** Int32: items that occur in training at all. */
  readonly items: Int32Array;
}

/**
 * The columns of one step's softmax: its targets and uniform negatives, each once, with −ln of the probability that a step
 * has the column at all, `1 − (1 − 1/n)^negatives · (1 − f)^targets` (f: share of the item among targets). With few items
 * all of them are columns. `items`, `bias` and `column` are valid until the next `draw`.
 */
export class SoftmaxColumns {
  /** Columns K, fixed. */
  readonly size: number;
  /** Int32 [K]: item of each column; −1 for an unused one, whose bias is −1e4. */
  readonly items: Int32Array;
  readonly bias: Float32Array;
  /** Int32 [items]: column of an item, −1 when it has none. */
  readonly column: Int32Array;
  readonly #choice: ColumnChoice;
  readonly #full: boolean;
  readonly #total: number;
  #used = 0;

  constructor(choice: ColumnChoice) {
    this.#choice = choice;
    this.#full = choice.items.length <= choice.fullMax;
    this.size = this.#full ? choice.items.length : choice.targets + choice.negatives;
    this.items = new Int32Array(this.size).fill(-1);
    this.bias = new Float32Array(this.size);
    this.column = new Int32Array(choice.targetCounts.length).fill(-1);
    this.#total = choice.targetCounts.reduce((sum, count) => sum + count, 0);
    if (this.#full) choice.items.forEach((item) => this.#take(item));
  }

  /** Chooses the columns of a step whose targets are `targets` (items; −1 is skipped), `count` of them real. */
  draw(targets: Int32Array, count: number, random: Random): void {
    if (this.#full) return;
    for (let i = 0; i < this.#used; i++) this.column[this.items[i]] = -1;
    this.#used = 0;
    for (const item of targets) if (item >= 0 && this.column[item] < 0) this.#take(item);
    const { items, negatives, targetCounts } = this.#choice;
    for (let i = 0; i < negatives; i++) {
      const item = items[random.below(items.length)];
      if (this.column[item] < 0) this.#take(item);
    }
    const missedUniform = negatives * Math.log1p(-1 / items.length);
    for (let i = 0; i < this.#used; i++) {
      const missed = missedUniform + count * Math.log1p(-targetCounts[this.items[i]] / this.#total);
      this.bias[i] = -Math.log(-Math.expm1(missed));
    }
    this.items.fill(-1, this.#used);
    this.bias.fill(-1e4, this.#used);
  }

  #take(item: number): void {
    this.column[item] = this.#used;
    this.items[this.#used++] = item;
  }
}
