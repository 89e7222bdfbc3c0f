import {
  hitRateAt,
  reciprocalRankAt,
  ndcgAt,
  precisionAt,
  recallAt,
  f1At,
} from './measures/ranking-measures.js';

/** Metric of one list against what was relevant, cut at k. */
export type ListMetric = (list: ArrayLike<number>, relevant: ReadonlySet<number>, k: number) => number;

export const LIST_METRICS: Readonly<Record<string, ListMetric>> = {
  recall: recallAt,
  precision: precisionAt,
  f1: f1At,
  mrr: reciprocalRankAt,
  ndcg: ndcgAt,
  'hit-rate': hitRateAt,
};

/** Averages every metric over the lists it is told of, at one cut or several. */
export class Scoreboard {
  /** Lists seen. */
  count = 0;
  readonly #columns: readonly { readonly name: string; readonly metric: ListMetric; readonly k: number }[];
  readonly #sums: Float64Array;

  /** `cuts`: each k that lists are cut at; 20 when none is given. */
  constructor(...cuts: readonly number[]) {
    const metrics = Object.entries(LIST_METRICS);
    this.#columns = (cuts.length > 0 ? cuts : [20]).flatMap((k) =>
      metrics.map(([name, metric]) => ({ name: `${name}@${k}`, metric, k })),
    );
    this.#sums = new Float64Array(this.#columns.length);
  }

  /** Counts a list; `relevant` are item rows. */
  add(list: ArrayLike<number>, relevant: ReadonlySet<number>): void {
    this.count += 1;
    for (let i = 0; i < this.#columns.length; i++) {
      const { metric, k } = this.#columns[i];
      this.#sums[i] += metric(list, relevant, k);
    }
  }

  /** Means in percent by name, such as `recall@20`; empty before the first list. */
  percent(): Record<string, number> {
    if (this.count === 0) return {};
    return Object.fromEntries(
      this.#columns.map(({ name }, i) => [name, percent(this.#sums[i] / this.count)]),
    );
  }
}

/** A share as a percentage with two decimals. */
export function percent(share: number): number {
  return Math.round(10_000 * share) / 100;
}
