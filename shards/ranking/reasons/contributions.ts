import { SOURCE } from './reason-source.js';
import { REASON_SOURCES, type PartRow, type ReasonRow } from '../../wire/slot-lists.js';

/** Kinds of a part, as indices into `PART_KINDS` of `shards/api.ts`. */
export const PART = { item: 0, interest: 1, past: 2, search: 3, trend: 4, base: 5, list: 6 } as const;

/** Items named in one reason, and the share of all that speaks for the candidate which an item must have to be named. */
const BECAUSE_MAX = 3;
const SHARE_MIN = 0.1;
/** Parts smaller than this are left out: a score has six digits behind the point on the wire. */
const PART_MIN = 5e-7;

const SOURCE_OF_GROUP: readonly number[] = [
  -1,
  SOURCE.interest,
  SOURCE.own,
  SOURCE.search,
  SOURCE.trend,
  -1,
  -1,
];

/** What one score is made of: the sum of all that was added, by item of the shopper and by group. Reused. */
export class Contributions {
  readonly #items: number[] = [];
  readonly #scores: number[] = [];
  readonly #groups = new Float64Array(Object.keys(PART).length);
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
    if (SOURCE_OF_GROUP[part] >= 0) this.#bySource[SOURCE_OF_GROUP[part]] += score;
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
