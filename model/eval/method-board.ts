import type { SessionRange } from '../train/data/dataset.js';
import {
  coverage,
  gini,
  intraListDiversity,
  type ItemVectors,
  meanPopularity,
} from './measures/variety-measures.js';
import { reciprocalRankAt, ndcgAt, recallAt } from './measures/ranking-measures.js';
import { percent, Scoreboard, type ListMetric } from './scoreboard.js';

/** Cuts of the list metrics; the longest is the length of a list. */
export const CUTS = [5, 10, 20] as const;
export const LIST_LENGTH = 20;

/** Metrics that get confidence intervals. */
const INTERVAL_METRICS: readonly (readonly [name: string, metric: ListMetric])[] = [
  ['recall@20', recallAt],
  ['mrr@20', reciprocalRankAt],
  ['ndcg@20', ndcgAt],
];
export const INTERVAL_NAMES: readonly string[] = INTERVAL_METRICS.map(([name]) => name);

/** Blocks of neighbouring sessions that sums are kept for; with no more sessions than these, a block is a session. */
const BLOCK_MAX = 20_000;

/** What lists are judged by besides the answers. */
export interface BoardContext {
  /** Sessions that are asked about. */
  readonly test: SessionRange;
  /** Int32 [items]: clicks before the test. */
  readonly clicks: Int32Array;
  readonly vectors: ItemVectors;
}

/** Everything measured of one method: list metrics, beyond accuracy, AUC, and sums by session for the intervals. Item rows throughout. */
export class MethodBoard {
  /** Float64 [blocks]: questions asked. */
  readonly questions: Float64Array;
  /** Float64 [blocks] for each of `INTERVAL_NAMES`. */
  readonly sums: readonly Float64Array[];
  readonly #scoreboard = new Scoreboard(...CUTS);
  readonly #context: BoardContext;
  readonly #listed: Int32Array;
  readonly #most: number;
  #popularity = 0;
  #lists = 0;
  #diversity = 0;
  #diverse = 0;
  #auc = 0;
  #ranked = 0;

  constructor(context: BoardContext) {
    const sessions = context.test.to - context.test.from;
    const blocks = Math.min(BLOCK_MAX, sessions);
    this.#context = context;
    this.#listed = new Int32Array(context.clicks.length);
    this.#most = context.clicks.reduce((most, clicks) => Math.max(most, clicks), 0);
    this.questions = new Float64Array(blocks);
    this.sums = INTERVAL_METRICS.map(() => new Float64Array(blocks));
  }

  /** Counts the list of one question of a session; at most 20 items, best first. */
  add(session: number, list: Int32Array, answer: number): void {
    const relevant = new Set([answer]);
    const { from, to } = this.#context.test;
    const block = Math.floor(((session - from) * this.questions.length) / (to - from));
    this.#scoreboard.add(list, relevant);
    this.questions[block]++;
    INTERVAL_METRICS.forEach(([, metric], i) => (this.sums[i][block] += metric(list, relevant, LIST_LENGTH)));
    this.#addBeyondAccuracy(list);
  }

  /** Counts the AUC of one question; NaN is left out. */
  addAuc(auc: number): void {
    if (Number.isNaN(auc)) return;
    this.#auc += auc;
    this.#ranked++;
  }

  /** All figures in percent by name; AUC only where scores were told. */
  percent(): Record<string, number> {
    return {
      ...this.#scoreboard.percent(),
      ...(this.#ranked > 0 && { auc: percent(this.#auc / this.#ranked) }),
      'coverage@20': percent(coverage(this.#listed)),
      'gini@20': percent(gini(this.#listed)),
      ...(this.#lists > 0 && { 'popularity@20': percent(this.#popularity / this.#lists) }),
      ...(this.#diverse > 0 && { 'diversity@20': percent(this.#diversity / this.#diverse) }),
    };
  }

  #addBeyondAccuracy(list: Int32Array): void {
    if (list.length === 0) return;
    for (const item of list) this.#listed[item]++;
    this.#popularity += meanPopularity(list, this.#context.clicks, this.#most);
    this.#lists++;
    const diversity = intraListDiversity(list, this.#context.vectors);
    if (Number.isNaN(diversity)) return;
    this.#diversity += diversity;
    this.#diverse++;
  }
}

/** One method of a run: what was measured of its lists, and figures besides, such as its time. */
export interface MeasuredMethod {
  readonly name: string;
  readonly board: MethodBoard;
  readonly extra: Readonly<Record<string, number>>;
}
