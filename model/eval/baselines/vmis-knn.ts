import { Stamps } from '../../../metrics/stamps.js';
import type { Dataset } from '../../train/data/dataset.js';
import type { Baseline } from './baseline.js';
import { ItemScores } from './item-scores.js';
import { NearestSessions } from './nearest-sessions.js';
import { Occurrences } from './occurrences.js';

/** What may be tuned; `shards/learning/evaluation/tuned-knn.ts` does. */
export interface VmisKnnOptions {
  /** Most recent sessions looked at per item (m). */
  readonly sample: number;
  /** Most similar sessions that vote (k). */
  readonly neighbours: number;
  /** Latest clicks of the session that are looked at. */
  readonly clicks: number;
  /** Power of the position weight `p / n` of the n latest clicks, p = n for the last. */
  readonly positionPower: number;
  /** Power of an item's idf in the similarity of sessions that share it. */
  readonly similarityIdf: number;
  /** Power of an item's idf in its own score. */
  readonly scoreIdf: number;
  /** False: items of the session itself are not recommended. */
  readonly repeats: boolean;
}

export const VMIS_KNN_DEFAULTS: VmisKnnOptions = {
  sample: 100,
  neighbours: 200,
  clicks: 50,
  positionPower: 1,
  similarityIdf: 2,
  scoreIdf: 1,
  repeats: true,
};

/**
 * VMIS-kNN, session neighbours over the most recent sessions of each clicked item (Kersbergen, Sprangers and Schelter:
 * Serenade, SIGMOD 2022). With position weights `w_i = (p / n)^a` and `idf_i = ln((1 + sessions) / sessions with i)`:
 * `similarity(s) = Σ_{i ∈ s} w_i idf_i^b`; an item scores `Σ_s w_s similarity(s) idf_i^c` over the k most similar sessions
 * that hold it, w_s the weight of the latest click that s shares.
 */
export class VmisKnn implements Baseline {
  readonly name = 'VMIS-kNN';
  readonly options: VmisKnnOptions;
  readonly #dataset: Dataset;
  readonly #occurrences: Occurrences;
  /** Float64 [items]: ln of the sessions with each item. */
  readonly #logHolders: Float64Array;
  readonly #scores: ItemScores;
  readonly #nearest: NearestSessions;
  /** Sessions that were found for the question, and of these: similarity, and weight of the latest shared click. */
  readonly #isFound: Stamps;
  readonly #similarity: Float64Array;
  readonly #weight: Float64Array;
  #found: Int32Array = new Int32Array(1_024);
  #foundCount = 0;
  #logSessions = 0;

  constructor(dataset: Dataset, options: Partial<VmisKnnOptions> = {}) {
    const sessions = dataset.start.length - 1;
    this.options = { ...VMIS_KNN_DEFAULTS, ...options };
    this.#dataset = dataset;
    this.#occurrences = new Occurrences(dataset, false);
    this.#logHolders = new Float64Array(dataset.itemIds.length);
    this.#scores = new ItemScores(dataset.itemIds.length);
    this.#nearest = new NearestSessions(this.options.neighbours);
    this.#isFound = new Stamps(sessions);
    this.#similarity = new Float64Array(sessions);
    this.#weight = new Float64Array(sessions);
  }

  learn(session: number): void {
    const { item, start } = this.#dataset;
    this.#occurrences.learn(session);
    this.#logSessions = Math.log1p(this.#occurrences.sessions);
    for (let click = start[session]; click < start[session + 1]; click++)
      this.#logHolders[item[click]] = Math.log(this.#occurrences.counts[item[click]]);
  }

  recommend(first: number, click: number, out: Int32Array): number {
    this.#findSessions(first, click);
    this.#nearest.begin();
    for (let i = 0; i < this.#foundCount; i++)
      this.#nearest.offer(this.#found[i], this.#similarity[this.#found[i]]);
    this.#scores.begin();
    for (let i = 0; i < this.#nearest.count; i++) this.#vote(this.#nearest.session[i]);
    if (!this.options.repeats)
      for (let c = first; c <= click; c++) this.#scores.exclude(this.#dataset.item[c]);
    return this.#scores.top(out);
  }

  #findSessions(first: number, click: number): void {
    const { item } = this.#dataset;
    const { clicks, positionPower } = this.options;
    const from = Math.max(first, click + 1 - clicks);
    this.#isFound.forget();
    this.#foundCount = 0;
    for (let c = click; c >= from; c--)
      if (!isRepeat(item, c, click))
        this.#addSessionsOf(item[c], power((c - from + 1) / (click - from + 1), positionPower));
  }

  #addSessionsOf(item: number, weight: number): void {
    const { newest, earlier, session } = this.#occurrences;
    const gain = weight * power(this.#idf(item), this.options.similarityIdf);
    let click = newest[item];
    for (let left = this.options.sample; left > 0 && click >= 0; left--, click = earlier[click]) {
      const other = session[click];
      if (!this.#isFound.has(other)) this.#begin(other, weight);
      this.#similarity[other] += gain;
    }
  }

  #begin(session: number, weight: number): void {
    this.#isFound.mark(session);
    this.#similarity[session] = 0;
    this.#weight[session] = weight;
    if (this.#foundCount === this.#found.length) {
      const longer = new Int32Array(2 * this.#found.length);
      longer.set(this.#found);
      this.#found = longer;
    }
    this.#found[this.#foundCount++] = session;
  }

  #vote(session: number): void {
    const { item, start } = this.#dataset;
    const { scoreIdf } = this.options;
    const listed = this.#occurrences.session;
    const gain = this.#weight[session] * this.#similarity[session];
    for (let click = start[session], end = start[session + 1]; click < end; click++) {
      // Repeats within a session are not in the lists: a session votes once for an item.
      if (listed[click] < 0) continue;
      const own = item[click];
      this.#scores.add(own, gain * power(this.#idf(own), scoreIdf));
    }
  }

  #idf(item: number): number {
    return this.#logSessions - this.#logHolders[item];
  }
}

function isRepeat(item: Int32Array, at: number, last: number): boolean {
  for (let later = at + 1; later <= last; later++) if (item[later] === item[at]) return true;
  return false;
}

/** `base^exponent`, without the cost of a general power where it is 0, 1 or 2. */
function power(base: number, exponent: number): number {
  if (exponent === 0) return 1;
  if (exponent === 1) return base;
  return exponent === 2 ? base * base : base ** exponent;
}
