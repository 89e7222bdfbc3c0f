import { PART, SOURCE } from './reason-codes.js';
import { PART_KINDS, REASON_SOURCES, type PartRow, type ReasonRow } from '../../wire/slot-lists.js';

/** Items named in one reason, and the share of all that speaks for the candidate which an item must have to be named. */
const BECAUSE_MAX = 3;
const SHARE_MIN = 0.1;
/** Parts smaller than this are left out: a score has six digits behind the point on the wire. */
const PART_MIN = 5e-7;

/** Source of what a group contributes, by `PART`. */
const SOURCE_OF_GROUP = new Map<number, number>([
  [PART.interest, SOURCE.interest],
  [PART.past, SOURCE.own],
  [PART.search, SOURCE.search],
  [PART.trend, SOURCE.trend],
]);

/** What one score is made of: the sum of all that was added, by item of the shopper and by group. Reused. */
export class Contributions {
  readonly #items: number[] = [];
  readonly #scores: number[] = [];
  readonly #groups = new Float64Array(PART_KINDS.length);
  readonly #bySource = new Float64Array(REASON_SOURCES.length);

  begin(): void {
    this.#items.length = 0;
    this.#scores.length = 0;
    this.#groups.fill(0);
    this.#bySource.fill(0);
  }

  /** Adds what `item` contributes by way of `source`. */
  addItem(item: number, score: number, source: number): void {
    const at = this.#items.indexOf(item);
    if (at >= 0) this.#scores[at] += score;
    else {
      this.#items.push(item);
      this.#scores.push(score);
    }
    this.#bySource[source] += score;
  }

  /** Adds what no item of the session contributes; `part` is not `PART.item`. */
  add(part: number, score: number): void {
    this.#groups[part] += score;
    const source = SOURCE_OF_GROUP.get(part);
    if (source !== undefined) this.#bySource[source] += score;
  }

  /**
   * The reason of `candidate`. Named are the items that contribute most, with their shares of all that speaks for it;
   * `source` is the way by which most came. The parts sum to the score.
   */
  reason(candidate: number): ReasonRow {
    const parts = this.#parts();
    const positive = parts.filter(({ of, score }) => score > 0 && of !== PART.base && of !== PART.list);
    const total = positive.reduce((sum, { score }) => sum + score, 0);
    const named = positive
      .filter(({ of, score }) => of === PART.item && score >= SHARE_MIN * total)
      .slice(0, BECAUSE_MAX);
    const source = named[0]?.item === candidate ? SOURCE.own : this.#source();
    return {
      because: named.map(({ item }) => item),
      weight: named.map(({ score }) => score / total),
      source,
      parts,
    };
  }

  /** Where most of the score comes from; with nothing that speaks for it, it is a trend. */
  #source(): number {
    let best: number = SOURCE.trend;
    for (let source = 0; source < this.#bySource.length; source++)
      if (this.#bySource[source] > Math.max(0, this.#bySource[best])) best = source;
    return best;
  }

  /** Greatest first. */
  #parts(): PartRow[] {
    const parts = this.#items.map((item, i): PartRow => ({ of: PART.item, item, score: this.#scores[i] }));
    this.#groups.forEach((score, of) => parts.push({ of, item: -1, score }));
    return parts.filter(({ score }) => Math.abs(score) >= PART_MIN).toSorted((a, b) => b.score - a.score);
  }
}
