import type { InteractionGraph } from '../../graph/interactions/interaction-graph.js';
import type { InterestSlabs } from '../../graph/interest/interest-slabs.js';
import type { TopItems } from '../../graph/interactions/top-items.js';
import type { CandidateSet } from './candidate-set.js';
import type { NewItems } from './new-items.js';
import { PROPOSAL, similarWeight, transitionScale, transitionWeight } from './proposal.js';
import type { SessionNeighbours } from './session-neighbours.js';

/** Where candidates come from. Arrays are shared and borrowed. */
export interface CandidateSources {
  readonly interactions: InteractionGraph;
  /** Null where nothing ranks by them: beside a trained model they add 0.1 of Recall@20 and take a quarter of the time. */
  readonly neighbours: SessionNeighbours | null;
  readonly trends: TopItems;
  readonly newItems: NewItems;
  /** Int32 [items, similar], item index + 1 so that 0 means none. */
  readonly similar: Int32Array;
  readonly similarCount: number;
  /** True when the item is in the catalogue and in stock. */
  readonly isRecommendable: (item: number) => boolean;
}

/**
 * Collects the candidates of one user from the graphs: his own session, transition neighbours of the last 10 clicks,
 * sessions like his, nearest vectors of the last 3, search hits, trends. Keeps the `keep` most strongly proposed; among them is
 * room for new items, which no graph proposes. The work
 * depends on the clicks alone, never on the size of the catalogue.
 */
export function collectCandidates(
  candidates: CandidateSet,
  sources: CandidateSources,
  slabs: InterestSlabs,
  row: number,
  hits: Int32Array | undefined,
  nowMs: number,
  keep: number,
): void {
  candidates.begin();
  const start = row * slabs.bounds.clicks;
  const end = start + slabs.clickCount[row];
  addTransitions(candidates, sources.interactions, slabs.clickItem, start, end, nowMs);
  if (sources.neighbours !== null) {
    sources.neighbours.collect(candidates, slabs.clickItem, start, end, slabs.sessionId[row]);
    weighNeighbours(candidates);
  }
  addOwn(candidates, slabs.clickItem, start, end);
  addSimilar(candidates, sources, slabs.clickItem, start, end);
  if (hits !== undefined) addHits(candidates, hits);
  addTrends(candidates, sources.trends);
  dropUnavailable(candidates, sources.isRecommendable);
  candidates.cut(Math.max(0, keep - sources.newItems.room));
  sources.newItems.add(candidates, slabs, row, sources.isRecommendable);
}

function addTransitions(
  candidates: CandidateSet,
  graph: InteractionGraph,
  clicks: Int32Array,
  start: number,
  end: number,
  nowMs: number,
): void {
  const { arrays, shared } = graph;
  const { neighbours } = shared.bounds;
  let fade = 1;
  const first = Math.max(start, end - PROPOSAL.transitionClicks);
  for (let c = end - 1; c >= first; c--, fade *= PROPOSAL.ageFade) {
    const item = clicks[c];
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

function weighNeighbours(candidates: CandidateSet): void {
  let best = 0;
  for (let row = 0; row < candidates.count; row++) best = Math.max(best, candidates.neighbour[row]);
  if (best === 0) return;
  for (let row = 0; row < candidates.count; row++) {
    candidates.neighbour[row] /= best;
    candidates.weight[row] += PROPOSAL.neighbourWeight * candidates.neighbour[row];
  }
}

function addOwn(candidates: CandidateSet, clicks: Int32Array, start: number, end: number): void {
  for (let c = end - 1; c >= start; c--) {
    const row = candidates.add(clicks[c]);
    if (row < 0) return;
    candidates.weight[row] += PROPOSAL.hitWeight;
  }
}

function addSimilar(
  candidates: CandidateSet,
  sources: CandidateSources,
  clicks: Int32Array,
  start: number,
  end: number,
): void {
  const { similar, similarCount } = sources;
  const first = Math.max(start, end - PROPOSAL.similarClicks);
  for (let c = end - 1; c >= first; c--) {
    const from = clicks[c] * similarCount;
    for (let rank = 0; rank < similarCount; rank++) {
      const other = similar[from + rank] - 1;
      if (other < 0) break;
      const row = candidates.add(other);
      if (row < 0) return;
      candidates.weight[row] += similarWeight(rank);
    }
  }
}

function addHits(candidates: CandidateSet, hits: Int32Array): void {
  for (let i = 0; i < hits.length; i++) {
    const row = candidates.add(hits[i]);
    if (row < 0) return;
    candidates.weight[row] += PROPOSAL.hitWeight;
  }
}

function addTrends(candidates: CandidateSet, trends: TopItems): void {
  for (let i = 0; i < trends.count && i < PROPOSAL.trends; i++) {
    const row = candidates.add(trends.items[i]);
    if (row < 0) return;
    candidates.weight[row] += PROPOSAL.trendWeight * (PROPOSAL.trends - i);
  }
}

function dropUnavailable(candidates: CandidateSet, isRecommendable: (item: number) => boolean): void {
  let kept = 0;
  for (let row = 0; row < candidates.count; row++) {
    if (!isRecommendable(candidates.item[row])) candidates.weight[row] = -1;
    else kept++;
  }
  if (kept < candidates.count) candidates.cut(kept);
}
