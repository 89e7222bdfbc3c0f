import type { FeatureContext } from '../../../model/features/feature-list.js';
import type { CandidateKernel } from '../../../model/kernel/candidate-kernel.js';
import type { Scorer } from '../../../model/scorer/scorer.js';
import { itemVectors, type SharedVectors } from '../../../model/kernel/shared-vectors.js';
import { SEEN } from '../../graph/interest/event-effects.js';
import type { InteractionGraph } from '../../graph/interactions/interaction-graph.js';
import type { InterestGraph } from '../../graph/interest/interest-graph.js';
import type { CandidateSet } from '../candidates/candidate-set.js';
import type { ItemColumns } from '../../step/neighbourhood-gatherer.js';
import { SessionFacts } from './session-facts.js';

/** Code of a category or brand that no item has. */
const NONE = -1;
/** Numbers of a cache line. */
const CACHE_LINE = 16;

/** Items that match a user's latest search, and how much that still matters (0..1). */
export interface SearchHits {
  readonly hits: Int32Array;
  readonly strength: number;
}

/** What candidates are scored by. */
export interface ScoringContext {
  readonly scorer: Scorer;
  readonly interactions: InteractionGraph;
  readonly graph: InterestGraph;
  readonly columns: ItemColumns;
  readonly vectors: SharedVectors;
}

/** Writes what the graphs, the catalogue and the user's history say of their candidates into the kernel's input columns; what the proposers say is there. */
export class CandidateInputs {
  /** What holds for all of them; valid after `fill`. */
  readonly context: FeatureContext;
  readonly #kernel: CandidateKernel;
  readonly #context: ScoringContext;
  readonly #session: SessionFacts;
  readonly #vectors: Float32Array;
  readonly #width: number;

  constructor(context: ScoringContext, kernel: CandidateKernel) {
    const { interactions, graph, columns, vectors } = context;
    this.#context = context;
    this.#kernel = kernel;
    this.#session = new SessionFacts(graph.slabs, columns.category);
    this.#vectors = itemVectors(vectors);
    this.#width = vectors.width;
    this.context = {
      outgoingOfLast: 0,
      weightBest: 0,
      sessionItems: 0,
      priceOfLast: Number.NaN,
      popularHalfLifeMs: interactions.times.popularHalfLifeMs,
      recentHalfLifeMs: interactions.times.recentHalfLifeMs,
    };
  }

  /** Fills the columns and the context for the user in `row`. */
  fill(row: number, candidates: CandidateSet, search: SearchHits | undefined, nowMs: number): void {
    this.#session.use(row);
    this.#putContext(candidates, nowMs);
    this.#putItems(candidates, nowMs);
    this.#putHistory(row, candidates, search);
  }

  #putContext(candidates: CandidateSet, nowMs: number): void {
    const { interactions, columns } = this.#context;
    const { last, items } = this.#session;
    const context = this.context;
    context.sessionItems = items;
    context.outgoingOfLast =
      last < 0 ? 0 : interactions.arrays.outgoing[last] * interactions.rowFactor(last, nowMs);
    context.priceOfLast = last < 0 ? Number.NaN : columns.price[last];
    context.weightBest = bestOf(candidates);
  }

  /**
   * What the interaction graph and the catalogue say of each item. All lines of its vector are read on the way: the table is far
   * larger than the caches, and here many wait for memory at once, where the kernel would wait for one after the other.
   */
  #putItems({ item: items, count }: CandidateSet, nowMs: number): void {
    const { inputs } = this.#kernel;
    const { popular, recent, popularAt } = this.#context.interactions.arrays;
    const { category, brand, price } = this.#context.columns;
    const session = this.#session;
    const { last } = session;
    const lastCategory = last < 0 ? NONE : category[last];
    const lastBrand = last < 0 ? NONE : brand[last];
    for (let row = 0; row < count; row++) {
      const item = items[row];
      inputs.popular[row] = popular[item];
      inputs.recent[row] = recent[item];
      inputs.ageMs[row] = nowMs - popularAt[item];
      const code = category[item];
      inputs.sameCategory[row] = code >= 0 && code === lastCategory ? 1 : 0;
      inputs.sameBrand[row] = brand[item] >= 0 && brand[item] === lastBrand ? 1 : 0;
      inputs.categoryShare[row] = session.shareOf(code);
      inputs.price[row] = price[item];
      inputs.hasNoVector[row] = this.#hasVector(item) ? 0 : 1;
    }
  }

  /**
   * What is said of few candidates or none: columns are filled with what holds for the others, then the clicked, the seen and
   * the found items are looked up among the candidates, which is less than asking of each candidate whether it is one.
   */
  #putHistory(userRow: number, candidates: CandidateSet, search: SearchHits | undefined): void {
    const { inputs } = this.#kernel;
    const { count } = candidates;
    inputs.distance.fill(-1, 0, count);
    inputs.clicks.fill(0, 0, count);
    inputs.boughtBefore.fill(0, 0, count);
    inputs.touchedBefore.fill(0, 0, count);
    inputs.hit.fill(0, 0, count);
    this.#putSeen(userRow, candidates);
    for (let i = 0; i < this.#session.items; i++) this.#putClicked(i, candidates);
    if (search === undefined) return;
    for (const item of search.hits) {
      const row = candidates.row(item);
      if (row >= 0) inputs.hit[row] = search.strength;
    }
  }

  #putSeen(userRow: number, candidates: CandidateSet): void {
    const { inputs } = this.#kernel;
    const { slabs } = this.#context.graph;
    const start = userRow * slabs.bounds.seen;
    for (let i = start; i < start + slabs.seenCount[userRow]; i++) {
      const row = candidates.row(slabs.seenItem[i]);
      if (row < 0) continue;
      const marks = slabs.seenMarks[i];
      inputs.boughtBefore[row] = (marks & SEEN.purchased) !== 0 ? 1 : 0;
      inputs.touchedBefore[row] = marks !== 0 ? 1 : 0;
    }
  }

  /** The session's own items were not touched before it, as far as the ranker is told. */
  #putClicked(i: number, candidates: CandidateSet): void {
    const { inputs } = this.#kernel;
    const session = this.#session;
    const row = candidates.row(session.item[i]);
    if (row < 0) return;
    inputs.distance[row] = session.distance[i];
    inputs.clicks[row] = session.clicks[i];
    inputs.boughtBefore[row] = 0;
    inputs.touchedBefore[row] = 0;
  }

  #hasVector(item: number): boolean {
    const end = (item + 1) * this.#width;
    let sum = 0;
    for (let at = item * this.#width; at < end; at += CACHE_LINE) sum += Math.abs(this.#vectors[at]);
    if (sum !== 0) return true;
    for (let at = item * this.#width; at < end; at++) if (this.#vectors[at] !== 0) return true;
    return false;
  }
}

function bestOf(candidates: CandidateSet): number {
  let best = 0;
  for (let row = 0; row < candidates.count; row++)
    if (candidates.weight[row] > best) best = candidates.weight[row];
  return best;
}
