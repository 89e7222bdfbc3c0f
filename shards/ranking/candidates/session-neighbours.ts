import { Stamps } from '../../../metrics/stamps.js';
import type { InteractionGraph } from '../../graph/interactions/interaction-graph.js';
import type { CandidateSet } from './candidate-set.js';
import type { LastClicks } from './last-clicks.js';
import { NthLargest } from './nth-largest.js';

/** Recent sessions looked at per clicked item (m of VMIS-kNN), neighbours kept (k), and clicked items that count. */
export interface NeighbourBounds {
  readonly sessionsPerItem: number;
  readonly neighbours: number;
  readonly clicks: number;
  /** Items proposed, those with most votes. */
  readonly items: number;
}
export const NEIGHBOUR_DEFAULTS: NeighbourBounds = {
  sessionsPerItem: 100,
  neighbours: 100,
  clicks: 10,
  items: 160,
};

/**
 * Neighbours of sessions, after VMIS-kNN (Kersbergen, Sprangers, Schelter: Serenade, SIGMOD 2022): the sessions that share
 * recent items with the shopper's propose what they hold, `I_u(i) = Σ_s w_us I_s(i)`. Similarity `w_us` sums over shared
 * items a weight that falls linearly with the age of the click, times idf². The work is bounded by
 * clicks × sessionsPerItem + neighbours × sessionLength, whatever the catalogue.
 */
export class SessionNeighbours {
  readonly #graph: InteractionGraph;
  readonly #bounds: NeighbourBounds;
  /** Rows of the session table that were found, and the place of each among those found. */
  readonly #isFound: Stamps;
  readonly #row: Int32Array;
  readonly #session: Int32Array;
  readonly #similarity: Float32Array;
  readonly #mostSimilar: NthLargest;
  /** Items that have votes, how many, and a list of them. */
  readonly #isVoted: Stamps;
  readonly #votes: Float32Array;
  readonly #voted: Int32Array;
  readonly #votesOfVoted: Float32Array;
  readonly #mostVoted: NthLargest;
  #votedCount = 0;
  #count = 0;

  /** @param used see `Stamps`. */
  constructor(graph: InteractionGraph, bounds: NeighbourBounds = NEIGHBOUR_DEFAULTS, used = 0) {
    const { sessions } = graph.shared.bounds;
    this.#graph = graph;
    this.#bounds = bounds;
    this.#isFound = new Stamps(sessions, used);
    this.#row = new Int32Array(sessions);
    const { items, sessionLength } = graph.shared.bounds;
    const touchedMax = Math.max(bounds.clicks * bounds.sessionsPerItem, bounds.neighbours * sessionLength);
    this.#isVoted = new Stamps(items, used);
    this.#votes = new Float32Array(items);
    this.#voted = new Int32Array(bounds.neighbours * sessionLength);
    this.#votesOfVoted = new Float32Array(this.#voted.length);
    this.#mostVoted = new NthLargest(this.#votesOfVoted);
    this.#session = new Int32Array(touchedMax);
    this.#similarity = new Float32Array(touchedMax);
    this.#mostSimilar = new NthLargest(this.#similarity);
  }

  /**
   * Adds the neighbours' items to `candidates` with their `neighbour` score. The shopper's own session does not
   * count.
   */
  collect(candidates: CandidateSet, clicks: LastClicks): void {
    this.#findSessions(clicks);
    this.#countVotes();
    const border = this.#borderVotes();
    for (let i = 0; i < this.#votedCount; i++) {
      const votes = this.#votes[this.#voted[i]];
      if (votes < border) continue;
      const row = candidates.add(this.#voted[i]);
      if (row >= 0) candidates.neighbour[row] = votes;
    }
  }

  /**
   * Says which clicks the votes of `collect` come from: `take` hears of every item that has any, once for each session and
   * each click that the session shares, with the click's row from `start` on. Returns the votes of the best item.
   */
  splitVotes(clicks: LastClicks, take: (item: number, click: number, votes: number) => void): number {
    const { items, start, end } = clicks;
    this.#findSessions(clicks);
    this.#countVotes();
    const least = this.#leastSimilarity();
    const border = this.#borderVotes();
    for (let s = 0; s < this.#count; s++) {
      if (this.#similarity[s] < least) continue;
      const held = this.#itemsOf(s);
      for (let c = clicks.first(this.#bounds.clicks); c < end; c++) {
        if (isRepeat(items, c, end) || !held.includes(items[c])) continue;
        const weight = this.#clickWeight(items[c], 1 - (end - 1 - c) / this.#bounds.clicks);
        for (const item of held) if (this.#votes[item] >= border) take(item, c - start, weight);
      }
    }
    let best = 0;
    for (let i = 0; i < this.#votedCount; i++) best = Math.max(best, this.#votes[this.#voted[i]]);
    return best;
  }

  /** Items of the session that is the s-th to have been found. */
  #itemsOf(s: number): Int32Array {
    const { arrays, shared } = this.#graph;
    const from = this.#session[s] * shared.bounds.sessionLength;
    return arrays.sessionItem.subarray(from, from + arrays.sessionCount[this.#session[s]]);
  }

  /** What sharing a clicked item adds to the similarity of a session: idf² times how recent the click is. */
  #clickWeight(item: number, position: number): number {
    const total = this.#graph.arrays.itemSessionCount[item];
    const idf = Math.log(1 + this.#graph.shared.bounds.sessions / (1 + total));
    return position * idf * idf;
  }

  /** Sums the similarities of the nearest sessions by item. */
  #countVotes(): void {
    const least = this.#leastSimilarity();
    const { arrays, shared } = this.#graph;
    const { sessionLength } = shared.bounds;
    this.#votedCount = 0;
    for (let s = 0; s < this.#count; s++) {
      const similarity = this.#similarity[s];
      if (similarity < least) continue;
      const from = this.#session[s] * sessionLength;
      const to = from + arrays.sessionCount[this.#session[s]];
      for (let i = from; i < to; i++) this.#vote(arrays.sessionItem[i], similarity);
    }
  }

  #vote(item: number, similarity: number): void {
    if (this.#isVoted.has(item)) {
      this.#votes[item] += similarity;
      return;
    }
    if (this.#votedCount === this.#voted.length) return;
    this.#isVoted.mark(item);
    this.#votes[item] = similarity;
    this.#voted[this.#votedCount++] = item;
  }

  /** Votes that the last item to be proposed has. */
  #borderVotes(): number {
    if (this.#votedCount <= this.#bounds.items) return 0;
    for (let i = 0; i < this.#votedCount; i++) this.#votesOfVoted[i] = this.#votes[this.#voted[i]];
    return this.#mostVoted.find(this.#votedCount, this.#bounds.items);
  }

  #findSessions(clicks: LastClicks): void {
    const { items, end } = clicks;
    this.#isFound.forget();
    this.#isVoted.forget();
    this.#count = 0;
    const first = clicks.first(this.#bounds.clicks);
    for (let i = end - 1; i >= first; i--) {
      if (isRepeat(items, i, end)) continue;
      const position = 1 - (end - 1 - i) / this.#bounds.clicks;
      this.#addSessionsOf(items[i], position, clicks.session);
    }
  }

  #addSessionsOf(item: number, position: number, own: number): void {
    const { arrays, shared } = this.#graph;
    const { sessionsPerItem } = shared.bounds;
    const total = arrays.itemSessionCount[item];
    const weight = this.#clickWeight(item, position);
    const looked = Math.min(total, this.#bounds.sessionsPerItem, sessionsPerItem);
    const ring = item * sessionsPerItem;
    for (let back = 1; back <= looked; back++) {
      const id = arrays.itemSession[ring + ((total - back) % sessionsPerItem)];
      if (id === own || !this.#graph.isSession(id)) continue;
      const row = this.#graph.rowOfSession(id);
      if (!this.#isFound.has(row)) {
        this.#isFound.mark(row);
        this.#row[row] = this.#count;
        this.#session[this.#count] = row;
        this.#similarity[this.#count++] = 0;
      }
      this.#similarity[this.#row[row]] += weight;
    }
  }

  /** Similarity of the k-th neighbour; 0 when there are no more than k. */
  #leastSimilarity(): number {
    if (this.#count <= this.#bounds.neighbours) return 0;
    return this.#mostSimilar.find(this.#count, this.#bounds.neighbours);
  }
}

function isRepeat(clicks: Int32Array, at: number, end: number): boolean {
  for (let later = at + 1; later < end; later++) if (clicks[later] === clicks[at]) return true;
  return false;
}
