import { nthLargest } from './nth-largest.js';

/** From where a candidate came first; the order is that of `REASON_SOURCES` in `shards/api.ts`. */
export const SOURCE = { interest: 0, together: 1, similar: 2, trend: 3, search: 4, own: 5 } as const;

/** Bits of a proposal beside its `SOURCE` (the low three): which graphs speak for the candidate. */
export const PROPOSED = { sourceMask: 7, together: 8, togetherPrevious: 16, neighbour: 32 } as const;

/**
 * The candidates of one user, as a struct of arrays with O(1) look-up by item. Reused: `begin` forgets the last user
 * without clearing anything, by raising a stamp.
 */
export class CandidateSet {
  readonly max: number;
  count = 0;
  readonly item: Int32Array;
  /** How strongly the graphs propose it; decides who stays when there are too many. */
  readonly weight: Float32Array;
  readonly source: Uint8Array;
  /** Decayed transitions last→item and item→last, co-occurrence with the last and the previous click, neighbour score. */
  readonly next: Float32Array;
  readonly before: Float32Array;
  readonly together: Float32Array;
  readonly togetherPrevious: Float32Array;
  readonly neighbour: Float32Array;
  readonly #stamp: Int32Array;
  readonly #row: Int32Array;
  readonly #columns: readonly Float32Array[];
  readonly #sorted: Float32Array;
  #current = 0;

  constructor(max: number, itemMax: number) {
    this.max = max;
    this.item = new Int32Array(max);
    this.weight = new Float32Array(max);
    this.source = new Uint8Array(max);
    this.next = new Float32Array(max);
    this.before = new Float32Array(max);
    this.together = new Float32Array(max);
    this.togetherPrevious = new Float32Array(max);
    this.neighbour = new Float32Array(max);
    this.#sorted = new Float32Array(max);
    this.#columns = [
      this.weight,
      this.next,
      this.before,
      this.together,
      this.togetherPrevious,
      this.neighbour,
    ];
    this.#stamp = new Int32Array(itemMax);
    this.#row = new Int32Array(itemMax);
  }

  begin(): void {
    this.count = 0;
    this.#current++;
  }

  /** Row of the item, added when it is new; −1 when the set is full. */
  add(item: number, source: number): number {
    if (this.#stamp[item] === this.#current) return this.#row[item];
    if (this.count === this.max) return -1;
    const row = this.count++;
    this.#stamp[item] = this.#current;
    this.#row[item] = row;
    this.item[row] = item;
    this.source[row] = source;
    for (const column of this.#columns) column[row] = 0;
    return row;
  }

  /** Row of the item, −1 when it is no candidate. */
  row(item: number): number {
    return this.#stamp[item] === this.#current ? this.#row[item] : -1;
  }

  /** What proposed the candidate of a row, in one byte: `SOURCE` and `PROPOSED` bits. */
  proposal(row: number): number {
    return (
      this.source[row] |
      (this.together[row] > 0 ? PROPOSED.together : 0) |
      (this.togetherPrevious[row] > 0 ? PROPOSED.togetherPrevious : 0) |
      (this.neighbour[row] > 0 ? PROPOSED.neighbour : 0)
    );
  }

  /** Makes this set hold exactly `items`, with what `known` says of them. Repeats count once. */
  take(items: Int32Array, known: CandidateSet): void {
    this.begin();
    for (let i = 0; i < items.length; i++) {
      const from = known.row(items[i]);
      const row = this.add(items[i], from < 0 ? SOURCE.trend : known.source[from]);
      if (row < 0 || from < 0) continue;
      for (let c = 0; c < this.#columns.length; c++) this.#columns[c][row] = known.#columns[c][from];
    }
  }

  /** Keeps the `keep` rows of greatest weight, in the order they have; of equal weights at the border the first ones. */
  cut(keep: number): void {
    if (this.count <= keep) return;
    this.#sorted.set(this.weight.subarray(0, this.count));
    const border = keep === 0 ? Infinity : nthLargest(this.#sorted, this.count, keep);
    let above = 0;
    for (let row = 0; row < this.count; row++) if (this.weight[row] > border) above++;
    let ties = keep - above;
    let to = 0;
    for (let row = 0; row < this.count; row++) {
      const stays = this.weight[row] > border || (this.weight[row] === border && ties-- > 0);
      if (stays) this.#move(row, to++);
      else this.#stamp[this.item[row]] = this.#current - 1;
    }
    this.count = to;
  }

  #move(from: number, to: number): void {
    if (from === to) return;
    this.item[to] = this.item[from];
    this.source[to] = this.source[from];
    this.#row[this.item[to]] = to;
    for (const column of this.#columns) column[to] = column[from];
  }
}
