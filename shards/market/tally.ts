import type { Counted } from './market-report.js';

/** Users who clicked, of all items: in the periods that are told of, and in those before. */
export interface ShopperTotals {
  now: number;
  before: number;
  /** Periods that had any. */
  periods: number;
}

/** Counts of things of one kind, by code, over the periods of a question and those before. All are added to by `countItems`. */
export class Tally {
  /** Code of each item, below 0 for none; undefined: each item is a thing of its own. */
  readonly codes: Int32Array | undefined;
  /** By code: counts now, and of users who clicked before. */
  readonly clicks: Float64Array;
  readonly clickers: Float64Array;
  readonly buyers: Float64Array;
  readonly before: Float64Array;
  /** By code: users who clicked in the period that is being taken in. */
  readonly period: Float64Array;
  /** By code: Σ clickers² ÷ clickers of all, over the periods. */
  readonly #squares: Float64Array;

  constructor(codes: Int32Array | undefined, itemMax: number) {
    const size = codes === undefined ? itemMax : codes.reduce((most, code) => Math.max(most, code), -1) + 1;
    this.codes = codes;
    this.clicks = new Float64Array(size);
    this.clickers = new Float64Array(size);
    this.buyers = new Float64Array(size);
    this.before = new Float64Array(size);
    this.period = new Float64Array(size);
    this.#squares = new Float64Array(size);
  }

  /** Adds shoppers of an item to the period of the thing that it is of; items beyond the end of `codes` are new, and of none. */
  addOf(item: number, count: number): void {
    const { codes } = this;
    if (codes === undefined || item >= codes.length) return;
    const code = codes[item];
    if (code >= 0) this.period[code] += count;
  }

  get size(): number {
    return this.clickers.length;
  }

  /** Takes what `period` has into `sum`, which is `clickers` or `before`, and empties it. @param ofAll users of all items in it */
  closePeriod(sum: Float64Array, ofAll: number): void {
    const { period } = this;
    for (let code = 0; code < period.length; code++) {
      if (period[code] === 0) continue;
      this.add(sum, code, period[code], ofAll);
      period[code] = 0;
    }
  }

  /** Takes the users of a whole period of one code into `sum`. */
  add(sum: Float64Array, code: number, count: number, ofAll: number): void {
    sum[code] += count;
    this.#squares[code] += (count * count) / ofAll;
  }

  /** Pearson's χ² of a code's periods, if its part of what is clicked were always the same. */
  chiSquare(code: number, { now, before }: ShopperTotals): number {
    const own = this.clickers[code] + this.before[code];
    return ((now + before) / own) * this.#squares[code] - own;
  }

  /** Those with the most shoppers. */
  top(count: number): Counted[] {
    const codes: number[] = [];
    let least = 0;
    for (let code = 0; code < this.size; code++) {
      if (this.clickers[code] <= least) continue;
      codes.push(code);
      if (codes.length < 4 * count) continue;
      this.#sort(codes);
      codes.length = count;
      least = this.clickers[codes[count - 1]];
    }
    return this.#sort(codes)
      .slice(0, count)
      .map((of) => ({ of, clicks: this.clicks[of], clickers: this.clickers[of], buyers: this.buyers[of] }));
  }

  #sort(codes: number[]): number[] {
    return codes.sort((a, b) => this.clickers[b] - this.clickers[a] || a - b);
  }
}
