import { ageOfOther, othersMax, relationOfOther } from '../../scorer/interest-rules.js';
import { gapBucket, RELATION } from '../../scorer/step-shape.js';

/** Clicks of one session (or of any run of clicks that share a window), in order. Row numbers are absolute. */
export interface ClickColumns {
  readonly item: Int32Array;
  readonly kind: Uint8Array;
  readonly timeMs: Float64Array | null;
  readonly category: Int32Array | null;
  readonly brand: Int32Array | null;
}

/** A category's or brand's node as the click sees it: the unit mean of its other items' vectors; gap and kind unknown (0). */
export interface ContextRow {
  readonly relation: number;
  /** Clicks whose items make the mean, newest first; empty: there is no such node. */
  readonly members: number[];
}

/**
 * What a click sees of the clicks before it: the serving graph's rule, replayed over recorded clicks (numbers and decisions that
 * both share are in `interest-rules.ts`). A user's graph
 * holds distinct items, each by its latest click. Row 0 is the click itself; then the same item's earlier click, if it is
 * among the latest `neighbours − 4` distinct items; then the other distinct items, newest first, at most `neighbours − 5`.
 * The gap of row 0 is unknown (0); that of the earlier click and of the others is the time since.
 * Columns are borrowed and valid until the next `see`.
 */
export class SessionWindow {
  /** Rows in use. */
  count = 0;
  readonly click: Int32Array;
  readonly relation: Int32Array;
  readonly gap: Int32Array;
  readonly kind: Int32Array;
  readonly age: Int32Array;
  readonly context: readonly ContextRow[] = [
    { relation: RELATION.category, members: [] },
    { relation: RELATION.brand, members: [] },
  ];
  readonly #clicks: ClickColumns;
  readonly #otherMax: number;
  /** Latest click of each distinct item, newest first. */
  #recent: number[] = [];
  #first = 0;

  constructor(clicks: ClickColumns, neighbours: number) {
    this.#clicks = clicks;
    this.#otherMax = othersMax(neighbours);
    this.click = new Int32Array(neighbours);
    this.relation = new Int32Array(neighbours);
    this.gap = new Int32Array(neighbours);
    this.kind = new Int32Array(neighbours);
    this.age = new Int32Array(neighbours);
  }

  /** Forgets everything; `first` is the first click of the session that follows. */
  open(first: number): void {
    this.#recent = [];
    this.#first = first;
  }

  /** Fills the rows for click `t` and then counts it as seen. Clicks of a session must come in order. */
  see(t: number): void {
    const { item } = this.#clicks;
    const place = this.#recent.findIndex((j) => item[j] === item[t]);
    const earlier = place < 0 ? -1 : this.#recent[place];
    if (place >= 0) this.#recent.splice(place, 1);
    this.count = 0;
    this.#row(t, t, RELATION.self, 0);
    if (earlier >= 0) this.#row(t, earlier, RELATION.earlier, 0);
    const others = Math.min(this.#recent.length, this.#otherMax);
    for (let i = 0; i < others; i++) {
      const j = this.#recent[i];
      this.#row(t, j, this.#relationOf(j, t, earlier), ageOfOther(i));
    }
    for (const row of this.context) this.#gather(row, t);
    this.#recent.unshift(t);
    this.#recent.length = Math.min(this.#recent.length, this.#otherMax + 1);
  }

  #row(t: number, j: number, relation: number, age: number): void {
    const i = this.count++;
    this.click[i] = j;
    this.relation[i] = relation;
    this.gap[i] = relation === RELATION.self ? 0 : this.#gapOf(t, j);
    this.kind[i] = this.#clicks.kind[j];
    this.age[i] = age;
  }

  #gapOf(t: number, j: number): number {
    const { timeMs } = this.#clicks;
    return timeMs ? gapBucket(timeMs[t] - timeMs[j]) : 0;
  }

  #relationOf(j: number, t: number, earlier: number): number {
    const isPredecessor = j === t - 1;
    const isSuccessor = !isPredecessor && earlier >= 0 && this.#followed(j, t, earlier);
    return relationOfOther(isPredecessor, isSuccessor);
  }

  /** Whether the item of click j came immediately after a click, up to `latest`, of the item of click t. */
  #followed(j: number, t: number, latest: number): boolean {
    const { item } = this.#clicks;
    for (let s = latest; s >= this.#first; s--)
      if (item[s] === item[t] && item[s + 1] === item[j]) return true;
    return false;
  }

  #gather(row: ContextRow, t: number): void {
    row.members.length = 0;
    const codes = row.relation === RELATION.category ? this.#clicks.category : this.#clicks.brand;
    const { item } = this.#clicks;
    if (!codes || codes[item[t]] < 0) return;
    for (let i = 1; i < this.count; i++) {
      const j = this.click[i];
      if (this.relation[i] !== RELATION.earlier && codes[item[j]] === codes[item[t]]) row.members.push(j);
    }
  }
}
