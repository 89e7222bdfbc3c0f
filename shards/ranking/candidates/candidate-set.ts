import { nthLargest } from './nth-largest.js';

/** Greatest number of an Int32Array. */
const BASE_MAX = 0x7fffffff;

/**
 * The candidates of one user, as a struct of arrays with O(1) look-up by item. Reused: `begin` forgets the last user
 * without clearing anything.
 */
export class CandidateSet {
  readonly max: number;
  count = 0;
  readonly item: Int32Array;
  /** How strongly the graphs propose it; decides who stays when there are too many. */
  readonly weight: Float32Array;
  /** Decayed transitions last→item and item→last, co-occurrence with the last and the previous click, neighbour score. */
  readonly next: Float32Array;
  readonly before: Float32Array;
  readonly together: Float32Array;
  readonly togetherPrevious: Float32Array;
  readonly neighbour: Float32Array;
  /** By item: `#base` and its row, for the candidates of now; less for others. One line of memory an item, where two arrays are two. */
  readonly #place: Int32Array;
  readonly #columns: readonly Float32Array[];
  readonly #sorted: Float32Array;
  #base = 0;

  constructor(max: number, itemMax: number) {
    this.max = max;
    this.item = new Int32Array(max);
    this.weight = new Float32Array(max);
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
    this.#place = new Int32Array(itemMax);
  }

  begin(): void {
    this.count = 0;
    this.#base += this.max;
    if (this.#base <= BASE_MAX - this.max) return;
    this.#place.fill(0);
    this.#base = this.max;
  }

  /** Row of the item, added when it is new; −1 when the set is full. */
  add(item: number): number {
    const known = this.#place[item] - this.#base;
    if (known >= 0) return known;
    if (this.count === this.max) return -1;
    const row = this.count++;
    this.#place[item] = this.#base + row;
    this.item[row] = item;
    this.weight[row] = 0;
    this.next[row] = 0;
    this.before[row] = 0;
    this.together[row] = 0;
    this.togetherPrevious[row] = 0;
    this.neighbour[row] = 0;
    return row;
  }

  /** Row of the item, −1 when it is no candidate. */
  row(item: number): number {
    return Math.max(-1, this.#place[item] - this.#base);
  }

  /** Makes this set hold exactly `items`, with what `known` says of them. Repeats count once. */
  take(items: Int32Array, known: CandidateSet): void {
    this.begin();
    for (let i = 0; i < items.length; i++) {
      const from = known.row(items[i]);
      const row = this.add(items[i]);
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
      else this.#place[this.item[row]] = 0;
    }
    this.count = to;
  }

  #move(from: number, to: number): void {
    if (from === to) return;
    this.item[to] = this.item[from];
    this.#place[this.item[to]] = this.#base + to;
    for (const column of this.#columns) column[to] = column[from];
  }
}
