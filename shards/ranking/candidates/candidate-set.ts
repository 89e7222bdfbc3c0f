import { NthLargest } from './nth-largest.js';

/** Greatest number of an Int32Array. */
const BASE_MAX = 0x7fffffff;

/** What is known of candidates from those who propose them, a column each; Int32 and Float32 [max]. */
export interface CandidateColumns {
  readonly item: Int32Array;
  /** How strongly the graphs propose it, 0 at least; decides who stays when there are too many. */
  readonly weight: Float32Array;
  /** Decayed transitions last→item and item→last, co-occurrence with the last and the previous click, neighbour score. */
  readonly next: Float32Array;
  readonly before: Float32Array;
  readonly together: Float32Array;
  readonly togetherPrevious: Float32Array;
  readonly neighbour: Float32Array;
}

/** Columns of their own for `max` candidates. */
function createColumns(max: number): CandidateColumns {
  return {
    item: new Int32Array(max),
    weight: new Float32Array(max),
    next: new Float32Array(max),
    before: new Float32Array(max),
    together: new Float32Array(max),
    togetherPrevious: new Float32Array(max),
    neighbour: new Float32Array(max),
  };
}

/**
 * The candidates of one user, as a struct of arrays with O(1) look-up by item. Reused: `begin` forgets the last user
 * without clearing anything.
 */
export class CandidateSet implements CandidateColumns {
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
  readonly #heaviest: NthLargest;
  #base = 0;

  /** @param columns borrowed, of `max` numbers each: those that the kernel scores by, so that nothing is copied to it. */
  constructor(max: number, itemMax: number, columns: CandidateColumns = createColumns(max)) {
    this.max = max;
    this.item = columns.item;
    this.weight = columns.weight;
    this.next = columns.next;
    this.before = columns.before;
    this.together = columns.together;
    this.togetherPrevious = columns.togetherPrevious;
    this.neighbour = columns.neighbour;
    this.#heaviest = new NthLargest(this.weight);
    this.#place = new Int32Array(itemMax);
  }

  /** Whose columns they are: true when `columns` are this set's. */
  isOver({ item }: Pick<CandidateColumns, 'item'>): boolean {
    return this.item === item;
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
  copyTo(columns: CandidateColumns): void {
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
    const border = keep === 0 ? Infinity : this.#heaviest.find(this.count, keep);
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
    this.#copy(to, this, from);
  }

  /** What is known of row `from` of `other`, beside its item. */
  #copy(to: number, other: CandidateColumns, from: number): void {
    this.weight[to] = other.weight[from];
    this.next[to] = other.next[from];
    this.before[to] = other.before[from];
    this.together[to] = other.together[from];
    this.togetherPrevious[to] = other.togetherPrevious[from];
    this.neighbour[to] = other.neighbour[from];
  }
}
