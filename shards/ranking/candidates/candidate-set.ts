import { ProposedColumns } from '../../../model/kernel/proposed-columns.js';

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
  readonly weight: Float32Array;
  readonly next: Float32Array;
  readonly before: Float32Array;
  readonly together: Float32Array;
  readonly togetherPrevious: Float32Array;
  readonly neighbour: Float32Array;
  /** By item: `#base` and its row, for the candidates of now; less for others. One line of memory an item, where two arrays are two. */
  readonly #place: Int32Array;
  readonly #columns: ProposedColumns;
  #base = 0;

  /** @param columns borrowed, of `max` numbers each: those that the kernel scores by, so that nothing is copied to it. */
  constructor(max: number, itemMax: number, columns = ProposedColumns.alone(max)) {
    this.max = max;
    this.#columns = columns;
    this.item = columns.item;
    this.weight = columns.weight;
    this.next = columns.next;
    this.before = columns.before;
    this.together = columns.together;
    this.togetherPrevious = columns.togetherPrevious;
    this.neighbour = columns.neighbour;
    this.#place = new Int32Array(itemMax);
  }

  /** Whose columns they are: true when `columns` are this set's. */
  isOver(columns: ProposedColumns): boolean {
    return this.#columns === columns;
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
      if (row >= 0 && from >= 0) this.#copy(row, known, from);
    }
  }

  /** Writes all candidates into other columns, which have room for them. */
  copyTo(columns: ProposedColumns): void {
    const { count } = this;
    for (let row = 0; row < count; row++) columns.item[row] = this.item[row];
    for (let row = 0; row < count; row++) columns.weight[row] = this.weight[row];
    for (let row = 0; row < count; row++) columns.next[row] = this.next[row];
    for (let row = 0; row < count; row++) columns.before[row] = this.before[row];
    for (let row = 0; row < count; row++) columns.together[row] = this.together[row];
    for (let row = 0; row < count; row++) columns.togetherPrevious[row] = this.togetherPrevious[row];
    for (let row = 0; row < count; row++) columns.neighbour[row] = this.neighbour[row];
  }

  /** Keeps the `keep` rows of greatest weight, in the order they have; of equal weights at the border the first ones. */
  cut(keep: number): void {
    if (this.count <= keep) return;
    const kept = this.#columns.cut(this.count, keep);
    const { dropped } = this.#columns;
    for (let i = 0; i < this.count - kept; i++) this.#place[dropped[i]] = 0;
    for (let row = 0; row < kept; row++) this.#place[this.item[row]] = this.#base + row;
    this.count = kept;
  }

  /** What is known of row `from` of `other`, beside its item. */
  #copy(to: number, other: CandidateSet, from: number): void {
    this.weight[to] = other.weight[from];
    this.next[to] = other.next[from];
    this.before[to] = other.before[from];
    this.together[to] = other.together[from];
    this.togetherPrevious[to] = other.togetherPrevious[from];
    this.neighbour[to] = other.neighbour[from];
  }
}
