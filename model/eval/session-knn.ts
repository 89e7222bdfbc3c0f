import type { Dataset } from '../train/dataset.js';
import type { Baseline } from './baseline.js';

export interface SessionKnnOptions {
  /** Most recent sessions looked at per item (m). */
  readonly sample: number;
  /** Most similar sessions that vote (k). */
  readonly neighbours: number;
  /** Latest clicks of the session that are looked at. */
  readonly clicks: number;
}

export const SESSION_KNN_DEFAULTS: SessionKnnOptions = { sample: 100, neighbours: 200, clicks: 50 };

/** A sampled session while one question is answered. */
interface Match {
  similarity: number;
  /** Weight of the latest click that it shares. */
  weight: number;
}

/**
 * Session-kNN over the most recent sessions of each clicked item (VMIS-kNN: Kersbergen, Sprangers and Schelter, SIGMOD
 * 2022). With position weights `w_p = p / n` of the n latest clicks and `idf_i = ln(sessions / sessions with i)`:
 * `similarity(s) = Σ_{i ∈ s} w_i idf_i²`; an item scores `Σ_s w_s similarity(s) idf_i` over the k most similar sessions
 * that hold it, w_s the weight of the latest shared click.
 */
export class SessionKnn implements Baseline {
  readonly name = 'session-kNN';
  private readonly dataset: Dataset;
  private readonly options: SessionKnnOptions;
  /** Latest sessions of each item, newest last. */
  private readonly sessionsOf: number[][];
  /** Sessions that hold each item, in all. */
  private readonly holders: Int32Array;
  private sessions = 0;

  constructor(dataset: Dataset, options: Partial<SessionKnnOptions> = {}) {
    this.dataset = dataset;
    this.options = { ...SESSION_KNN_DEFAULTS, ...options };
    this.sessionsOf = Array.from(dataset.itemIds, () => []);
    this.holders = new Int32Array(dataset.itemIds.length);
  }

  learn(session: number): void {
    const { item, start } = this.dataset;
    this.sessions += 1;
    for (const own of new Set(item.subarray(start[session], start[session + 1]))) {
      this.holders[own] += 1;
      const list = this.sessionsOf[own];
      list.push(session);
      if (list.length > this.options.sample) list.shift();
    }
  }

  recommend(first: number, click: number, out: Int32Array): number {
    const matches = this.matches(first, click);
    const nearest = [...matches].sort((a, b) => b[1].similarity - a[1].similarity || b[0] - a[0]);
    const scores = new Map<number, number>();
    for (const [session, match] of nearest.slice(0, this.options.neighbours))
      this.vote(session, match, scores);
    const ranked = [...scores].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
    const count = Math.min(out.length, ranked.length);
    for (let i = 0; i < count; i++) out[i] = ranked[i][0];
    return count;
  }

  private matches(first: number, click: number): Map<number, Match> {
    const { item } = this.dataset;
    const from = Math.max(first, click + 1 - this.options.clicks);
    const matches = new Map<number, Match>();
    const seen = new Set<number>();
    for (let c = click; c >= from; c--) {
      if (seen.has(item[c])) continue;
      seen.add(item[c]);
      const weight = (c - from + 1) / (click - from + 1);
      const gain = weight * this.idf(item[c]) ** 2;
      for (const session of this.sessionsOf[item[c]]) {
        const match = matches.get(session);
        if (match) match.similarity += gain;
        else matches.set(session, { similarity: gain, weight });
      }
    }
    return matches;
  }

  private vote(session: number, match: Match, scores: Map<number, number>): void {
    const { item, start } = this.dataset;
    for (const own of new Set(item.subarray(start[session], start[session + 1]))) {
      const gain = match.weight * match.similarity * this.idf(own);
      scores.set(own, (scores.get(own) ?? 0) + gain);
    }
  }

  private idf(item: number): number {
    return Math.log((1 + this.sessions) / Math.max(1, this.holders[item]));
  }
}
