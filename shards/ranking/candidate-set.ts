/** From where a candidate came first; the order is that of `REASON_SOURCES` in `shards/api.ts`. */
export const SOURCE = { interest: 0, together: 1, similar: 2, trend: 3, search: 4, own: 5 } as const;

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
    this.#columns = [this.weight, this.next, this.before, this.together, this.togetherPrevious, this.neighbour];
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

  /** Keeps the `keep` rows of greatest weight, in any order. Quickselect: linear on average. */
  cut(keep: number): void {
    if (this.count <= keep) return;
    let low = 0;
    let high = this.count - 1;
    while (low < high) {
      const split = this.#partition(low, high);
      if (split >= keep) high = split - 1;
      else low = split + 1;
    }
    for (let row = keep; row < this.count; row++) this.#stamp[this.item[row]] = this.#current - 1;
    this.count = keep;
  }

  #partition(low: number, high: number): number {
    this.#swap(low + ((high - low) >> 1), high);
    const pivot = this.weight[high];
    let split = low;
    for (let row = low; row < high; row++) if (this.weight[row] > pivot) this.#swap(row, split++);
    this.#swap(split, high);
    return split;
  }

  #swap(a: number, b: number): void {
    if (a === b) return;
    const item = this.item[a];
    this.item[a] = this.item[b];
    this.item[b] = item;
    this.#row[this.item[a]] = a;
    this.#row[this.item[b]] = b;
    const source = this.source[a];
    this.source[a] = this.source[b];
    this.source[b] = source;
    for (const column of this.#columns) {
      const value = column[a];
      column[a] = column[b];
      column[b] = value;
    }
  }
}
