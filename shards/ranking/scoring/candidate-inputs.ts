import type { CatalogueView } from '../../../model/catalogue/catalogue-view.js';
import { RECORD } from '../../../model/catalogue/shared-catalogue.js';
import type { FeatureContext } from '../../../model/features/feature-list.js';
import type { CandidateKernel } from '../../../model/kernel/candidate-kernel.js';
import type { Scorer } from '../../../model/scorer/scorer.js';
import type { SharedVectors } from '../../../model/kernel/shared-vectors.js';
import { SEEN } from '../../graph/interest/event-effects.js';
import type { InteractionGraph } from '../../graph/interactions/interaction-graph.js';
import type { InterestGraph } from '../../graph/interest/interest-graph.js';
import type { CandidateSet } from '../candidates/candidate-set.js';
import { SessionFacts } from './session-facts.js';

/** Code of a category or brand that no item has. */
const NONE = -1;

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
  readonly columns: Pick<CatalogueView, 'category' | 'records'>;
  readonly vectors: SharedVectors;
}

/** Writes what the graphs, the catalogue and the user's history say of their candidates into the kernel's input columns; what the proposers say is there. */
export class CandidateInputs {
  /** What holds for all of them; valid after `fill`. */
  readonly context: FeatureContext;
  readonly #kernel: CandidateKernel;
  readonly #context: ScoringContext;
  readonly #session: SessionFacts;
  /** What `#touchRecords` read; kept so that it is read at all. */
  touched = 0;

  constructor(context: ScoringContext, kernel: CandidateKernel) {
    const { interactions, graph, columns } = context;
    this.#context = context;
    this.#kernel = kernel;
    this.#session = new SessionFacts(graph.slabs, columns.category);
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
    this.#putItems(candidates.count, nowMs);
    this.#putHistory(row, candidates, search);
  }

  #putContext(candidates: CandidateSet, nowMs: number): void {
    const { interactions, columns } = this.#context;
    const { last, items } = this.#session;
    const context = this.context;
    context.sessionItems = items;
    context.outgoingOfLast =
      last < 0 ? 0 : interactions.arrays.outgoing[last] * interactions.rowFactor(last, nowMs);
    context.priceOfLast = last < 0 ? Number.NaN : columns.records.float32[last * RECORD.words + RECORD.price];
    context.weightBest = bestOf(candidates);
  }

  /** What the interaction graph and the catalogue say of each item. */
  #putItems(count: number, nowMs: number): void {
    const { items, inputs, categories, brands, sharedCategories, shares } = this.#kernel;
    const { popular, recent, ageMs, price } = inputs;
    const clicked = this.#context.interactions.records;
    const { float32, int32 } = this.#context.columns.records;
    this.#touchRecords(count);
    for (let row = 0; row < count; row++) {
      const at = items[row] * RECORD.words;
      ageMs[row] = nowMs - clicked.float64[(at + RECORD.popularAt) >> 1];
      popular[row] = clicked.float32[at + RECORD.popular];
      recent[row] = clicked.float32[at + RECORD.recent];
      price[row] = float32[at + RECORD.price];
      categories[row] = int32[at + RECORD.category];
      brands[row] = int32[at + RECORD.brand];
    }
    const { last } = this.#session;
    const category = last < 0 ? NONE : int32[last * RECORD.words + RECORD.category];
    const brand = last < 0 ? NONE : int32[last * RECORD.words + RECORD.brand];
    this.#kernel.describe(count, category, brand, this.#session.writeShares(sharedCategories, shares));
  }

  /** Asks for the records of all candidates at once, where reading them would ask for one after the other: they are more than the caches hold. */
  #touchRecords(count: number): void {
    const { items } = this.#kernel;
    const { int32 } = this.#context.columns.records;
    let sum = 0;
    for (let row = 0; row < count; row++) sum += int32[items[row] * RECORD.words];
    this.touched = sum;
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
    const start = slabs.seenStart[userRow];
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
}

function bestOf(candidates: CandidateSet): number {
  let best = 0;
  for (let row = 0; row < candidates.count; row++)
    if (candidates.weight[row] > best) best = candidates.weight[row];
  return best;
}
