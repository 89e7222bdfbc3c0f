import { hitRateAt } from './hit-rate.js';
import { reciprocalRankAt } from './mrr.js';
import { ndcgAt } from './ndcg.js';
import { recallAt } from './recall.js';

/** Metric of one list against what was relevant, cut at k. */
export type ListMetric = (list: ArrayLike<number>, relevant: ReadonlySet<number>, k: number) => number;

export const LIST_METRICS: Readonly<Record<string, ListMetric>> = {
  recall: recallAt,
  mrr: reciprocalRankAt,
  ndcg: ndcgAt,
  'hit-rate': hitRateAt,
};

/** Averages every metric over the lists it is told of. */
export class Scoreboard {
  /** Lists seen. */
  count = 0;
  private readonly k: number;
  private readonly sums = new Map<string, number>();

  constructor(k = 20) {
    this.k = k;
  }

  /** Counts a list; `relevant` are item rows. */
  add(list: ArrayLike<number>, relevant: ReadonlySet<number>): void {
    this.count += 1;
    for (const [name, metric] of Object.entries(LIST_METRICS)) {
      this.sums.set(name, (this.sums.get(name) ?? 0) + metric(list, relevant, this.k));
    }
  }

  /** Means in percent by name, such as `recall@20`; empty before the first list. */
  percent(): Record<string, number> {
    return Object.fromEntries(
      [...this.sums].map(([name, sum]) => [
        `${name}@${this.k}`,
        Math.round((10_000 * sum) / this.count) / 100,
      ]),
    );
  }
}
