import { TUNE } from '../../graph/interest-rows.js';
import { NODE } from '../../graph/interest/interest-slabs.js';
import type { InteractionGraph } from '../../graph/interactions/interaction-graph.js';
import type { InterestSlabs } from '../../graph/interest/interest-slabs.js';
import type { TopItems } from '../../graph/interactions/top-items.js';
import type { CandidateSet } from './candidate-set.js';
import { LastClicks } from './last-clicks.js';
import type { NewItems } from './new-items.js';
import { PROPOSAL, similarWeight, transitionScale, transitionWeight } from './proposal.js';
import type { SessionNeighbours } from './session-neighbours.js';

/** Numbers of a line of the cache. */
const CACHE_LINE = 16;

/** Where candidates come from. Arrays are shared and borrowed. */
export interface CandidateSources {
  readonly interactions: InteractionGraph;
  /** Null where nothing ranks by them: beside a trained model they add 0.1 of Recall@20 and take a quarter of the time. */
  readonly neighbours: SessionNeighbours | null;
  readonly trends: TopItems & { ofCategory?(category: number): TopItems | undefined };
  readonly newItems: NewItems;
  /** Int32 [items, similar], item index + 1 so that 0 means none. */
  readonly similar: Int32Array;
  readonly similarCount: number;
  /** True when the item is in the catalogue and in stock. */
  readonly isRecommendable: (item: number) => boolean;
}

/**
 * Collects the candidates of one user after the other from the graphs: their own session, transition neighbours of the last
 * 10 clicks, sessions like theirs, nearest vectors of the last 3, search hits, trends. The work depends on the clicks alone,
 * never on the size of the catalogue. One per shard.
 */
export class CandidateCollector {
  /** Those of the last user; valid until the next call. */
  readonly candidates: CandidateSet;
  readonly #sources: CandidateSources;
  readonly #slabs: InterestSlabs;
  readonly #clicks = new LastClicks();
  /** What `#touchTransitions` read; kept so that it is read at all. */
  touched = 0;

  /** `candidates` has room for all that is collected of a user, before the cut. */
  constructor(sources: CandidateSources, slabs: InterestSlabs, candidates: CandidateSet) {
    this.#sources = sources;
    this.#slabs = slabs;
    this.candidates = candidates;
  }

  /**
   * Collects for the user in `row`, whose latest search found `hits`. The `keep` most strongly proposed stay. Among them is
   * room for new items, which no graph proposes.
   */
  collect(row: number, hits: Int32Array | undefined, nowMs: number, keep: number): CandidateSet {
    const { candidates } = this;
    const { neighbours, newItems, isRecommendable } = this.#sources;
    candidates.begin();
    this.#clicks.use(this.#slabs, row);
    this.#touchTransitions();
    this.#addTransitions(nowMs);
    if (neighbours !== null) {
      neighbours.collect(candidates, this.#clicks);
      weighNeighbours(candidates);
    }
    this.#addOwn();
    this.#addSimilar();
    if (hits !== undefined) this.#addHits(hits);
    this.#addTrends();
    this.#addWanted(row);
    const available = markUnavailable(candidates, isRecommendable);
    candidates.cut(Math.min(available, Math.max(0, keep - newItems.room)));
    newItems.add(candidates, this.#slabs, row, isRecommendable);
    return candidates;
  }

  /**
   * Asks for the transition rows of all clicks at once, where adding them would ask for one after the other: the table is far larger
   * than the caches.
   */
  #touchTransitions(): void {
    const { items, end } = this.#clicks;
    const { arrays, shared } = this.#sources.interactions;
    const { neighbours } = shared.bounds;
    const { other, next, together } = arrays;
    let sum = 0;
    for (let c = this.#clicks.first(PROPOSAL.transitionClicks); c < end; c++) {
      const from = items[c] * neighbours;
      const to = from + arrays.rowCount[items[c]];
      for (let i = from; i < to; i += CACHE_LINE) sum += other[i] + next[i] + together[i];
    }
    this.touched = sum;
  }

  #addTransitions(nowMs: number): void {
    const { candidates } = this;
    const graph = this.#sources.interactions;
    const { items, end } = this.#clicks;
    const { arrays, shared } = graph;
    const { neighbours } = shared.bounds;
    let fade = 1;
    const first = this.#clicks.first(PROPOSAL.transitionClicks);
    for (let c = end - 1; c >= first; c--, fade *= PROPOSAL.ageFade) {
      const item = items[c];
      const factor = graph.rowFactor(item, nowMs);
      const scale = transitionScale(fade, factor, arrays.outgoing[item]);
      const from = item * neighbours;
      for (let i = from; i < from + arrays.rowCount[item]; i++) {
        const row = candidates.add(arrays.other[i]);
        if (row < 0) break;
        candidates.weight[row] += scale * transitionWeight(arrays.next[i], arrays.together[i]);
        if (c === end - 1) {
          candidates.next[row] = arrays.next[i] * factor;
          candidates.before[row] = arrays.before[i] * factor;
          candidates.together[row] = arrays.together[i] * factor;
        } else if (c === end - 2) {
          candidates.togetherPrevious[row] = arrays.together[i] * factor;
        }
      }
    }
  }

  #addOwn(): void {
    const { items, start, end } = this.#clicks;
    for (let c = end - 1; c >= start; c--) if (!this.#propose(items[c], PROPOSAL.hitWeight)) return;
  }

  #addSimilar(): void {
    const { similar, similarCount } = this.#sources;
    const { items, end } = this.#clicks;
    const first = this.#clicks.first(PROPOSAL.similarClicks);
    for (let c = end - 1; c >= first; c--) {
      const from = items[c] * similarCount;
      for (let rank = 0; rank < similarCount; rank++) {
        const other = similar[from + rank] - 1;
        if (other < 0) break;
        if (!this.#propose(other, similarWeight(rank))) return;
      }
    }
  }

  #addHits(hits: Int32Array): void {
    for (let i = 0; i < hits.length; i++) if (!this.#propose(hits[i], PROPOSAL.hitWeight)) return;
  }

  #addTrends(): void {
    const { trends } = this.#sources;
    for (let i = 0; i < trends.count && i < PROPOSAL.trends; i++)
      if (!this.#propose(trends.items[i], PROPOSAL.trendWeight * (PROPOSAL.trends - i))) return;
  }

  /** What the user wants more of: trends of categories, and what is like the items. */
  #addWanted(row: number): void {
    const { tunedStart, tunedCount, tunedKind, tunedKey, tunedValue } = this.#slabs.rows;
    for (let i = tunedStart[row]; i < tunedStart[row] + tunedCount[row]; i++) {
      if (tunedValue[i] !== TUNE.more) continue;
      if (tunedKind[i] === NODE.category) this.#addOfCategory(tunedKey[i]);
      else if (tunedKind[i] === NODE.item) this.#addLike(tunedKey[i]);
    }
  }

  #addOfCategory(category: number): void {
    const tops = this.#sources.trends.ofCategory?.(category);
    if (tops === undefined) return;
    for (let i = 0; i < tops.count && i < PROPOSAL.wanted; i++)
      if (!this.#propose(tops.items[i], PROPOSAL.hitWeight)) return;
  }

  #addLike(item: number): void {
    const { similar, similarCount } = this.#sources;
    const from = item * similarCount;
    for (let rank = 0; rank < similarCount && rank < PROPOSAL.wanted; rank++) {
      const other = similar[from + rank] - 1;
      if (other < 0 || !this.#propose(other, similarWeight(rank))) return;
    }
  }

  /** False when the set is full. */
  #propose(item: number, weight: number): boolean {
    const row = this.candidates.add(item);
    if (row < 0) return false;
    this.candidates.weight[row] += weight;
    return true;
  }
}

function weighNeighbours(candidates: CandidateSet): void {
  let best = 0;
  for (let row = 0; row < candidates.count; row++) best = Math.max(best, candidates.neighbour[row]);
  if (best === 0) return;
  for (let row = 0; row < candidates.count; row++) {
    candidates.neighbour[row] /= best;
    candidates.weight[row] += PROPOSAL.neighbourWeight * candidates.neighbour[row];
  }
}

/** Gives those that may not be recommended less weight than any other has, so that a cut drops them first; returns how many may. */
function markUnavailable(
  { item, weight, count }: CandidateSet,
  isRecommendable: (item: number) => boolean,
): number {
  let available = 0;
  for (let row = 0; row < count; row++) {
    if (isRecommendable(item[row])) available++;
    else weight[row] = -1;
  }
  return available;
}
