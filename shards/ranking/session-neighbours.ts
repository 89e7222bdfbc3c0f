import type { InteractionGraph } from '../graph/interaction-graph.js';
import type { CandidateSet } from './candidate-set.js';
import { SOURCE } from './candidate-set.js';
import { nthLargest } from './nth-largest.js';

/** Recent sessions looked at per clicked item (m of VMIS-kNN), neighbours kept (k), and clicked items that count. */
export interface NeighbourBounds {
  readonly sessionsPerItem: number;
  readonly neighbours: number;
  readonly clicks: number;
}
export const NEIGHBOUR_DEFAULTS: NeighbourBounds = { sessionsPerItem: 100, neighbours: 100, clicks: 10 };

/**
 * Neighbours of sessions, after VMIS-kNN (Kersbergen, Sprangers, Schelter: Serenade, SIGMOD 2022): the sessions that share
 * recent items with the shopper's propose what they hold, `I_u(i) = Σ_s w_us I_s(i)`. Similarity `w_us` sums over shared
 * items a weight that falls linearly with the age of the click, times idf². The work is bounded by
 * clicks × sessionsPerItem + neighbours × sessionLength, whatever the catalogue.
 */
export class SessionNeighbours {
  readonly #graph: InteractionGraph;
  readonly #bounds: NeighbourBounds;
  readonly #stamp: Int32Array;
  readonly #row: Int32Array;
  readonly #session: Int32Array;
  readonly #similarity: Float32Array;
  readonly #sorted: Float32Array;
  #current = 0;
  #count = 0;

  constructor(graph: InteractionGraph, bounds: NeighbourBounds = NEIGHBOUR_DEFAULTS) {
    const { sessions } = graph.shared.bounds;
    this.#graph = graph;
    this.#bounds = bounds;
    this.#stamp = new Int32Array(sessions);
    this.#row = new Int32Array(sessions);
    const touchedMax = bounds.clicks * bounds.sessionsPerItem;
    this.#session = new Int32Array(touchedMax);
    this.#similarity = new Float32Array(touchedMax);
    this.#sorted = new Float32Array(touchedMax);
  }

  /**
   * Adds the neighbours' items to `candidates` with their `neighbour` score. `clicks` are item indices, oldest first, from
   * `start` to `end`; `own` is the shopper's own session, which does not count.
   */
  collect(candidates: CandidateSet, clicks: Int32Array, start: number, end: number, own: number): void {
    this.#findSessions(clicks, start, end, own);
    const least = this.#leastSimilarity();
    const { arrays, shared } = this.#graph;
    const { sessionLength } = shared.bounds;
    for (let s = 0; s < this.#count; s++) {
      const similarity = this.#similarity[s];
      if (similarity < least) continue;
      const slot = this.#session[s];
      const from = slot * sessionLength;
      const length = arrays.sessionCount[slot];
      for (let i = from; i < from + length; i++) {
        const row = candidates.add(arrays.sessionItem[i], SOURCE.together);
        if (row >= 0) candidates.neighbour[row] += similarity;
      }
    }
  }

  #findSessions(clicks: Int32Array, start: number, end: number, own: number): void {
    this.#current++;
    this.#count = 0;
    const first = Math.max(start, end - this.#bounds.clicks);
    for (let i = end - 1; i >= first; i--) {
      if (isRepeat(clicks, i, end)) continue;
      const position = 1 - (end - 1 - i) / this.#bounds.clicks;
      this.#addSessionsOf(clicks[i], position, own);
    }
  }

  #addSessionsOf(item: number, position: number, own: number): void {
    const { arrays, shared } = this.#graph;
    const { sessionsPerItem, sessions } = shared.bounds;
    const total = arrays.itemSessionCount[item];
    const idf = Math.log(1 + sessions / (1 + total));
    const weight = position * idf * idf;
    const looked = Math.min(total, this.#bounds.sessionsPerItem, sessionsPerItem);
    const ring = item * sessionsPerItem;
    for (let back = 1; back <= looked; back++) {
      const id = arrays.itemSession[ring + ((total - back) % sessionsPerItem)];
      if (id === own || !this.#graph.isSession(id)) continue;
      const slot = this.#graph.slotOfSession(id);
      if (this.#stamp[slot] !== this.#current) {
        this.#stamp[slot] = this.#current;
        this.#row[slot] = this.#count;
        this.#session[this.#count] = slot;
        this.#similarity[this.#count++] = 0;
      }
      this.#similarity[this.#row[slot]] += weight;
    }
  }

  /** Similarity of the k-th neighbour; 0 when there are no more than k. */
  #leastSimilarity(): number {
    if (this.#count <= this.#bounds.neighbours) return 0;
    this.#sorted.set(this.#similarity.subarray(0, this.#count));
    return nthLargest(this.#sorted, this.#count, this.#bounds.neighbours);
  }
}

function isRepeat(clicks: Int32Array, at: number, end: number): boolean {
  for (let later = at + 1; later < end; later++) if (clicks[later] === clicks[at]) return true;
  return false;
}
