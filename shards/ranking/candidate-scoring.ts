import { FEATURE_COUNT, type FeatureContext } from '../../model/features/index.js';
import { CandidateKernel } from '../../model/kernel/candidate-kernel.js';
import type { Scorer } from '../../model/scorer.js';
import { itemVectors, type SharedVectors } from '../../model/shared-vectors.js';
import { SEEN } from '../graph/event-effects.js';
import type { InteractionGraph } from '../graph/interaction-graph.js';
import type { InterestGraph } from '../graph/interest-graph.js';
import type { CandidateSet } from './candidate-set.js';
import type { ItemColumns } from './neighbourhood.js';
import { SessionFacts } from './session-facts.js';

/** Numbers of a cache line. */
const CACHE_LINE = 16;

/** Code of a category or brand that no item has. */
const NONE = -1;

/** Items that match a user's latest search, and how much that still matters (0..1). */
export interface SearchHits {
  readonly hits: Int32Array;
  readonly strength: number;
}

/** The scored candidates of one user; borrowed until the next user's are scored. */
export interface ScoredCandidates {
  /** Items of the candidates, and how many there are. */
  readonly items: Int32Array;
  readonly count: number;
  /** Final scores, comparable within the user only. */
  readonly scores: Float32Array;
  /** The ranker's columns, `stride` numbers apart: features, the network's score, the two cosines. */
  readonly columns: Float32Array;
  readonly stride: number;
}

/** Where in `columns` the network's scores begin. */
export function networkScoresAt({ stride }: Pick<ScoredCandidates, 'stride'>): number {
  return FEATURE_COUNT * stride;
}

/** What candidates are scored by. */
export interface ScoringParts {
  readonly scorer: Scorer;
  readonly interactions: InteractionGraph;
  readonly graph: InterestGraph;
  readonly columns: ItemColumns;
  readonly vectors: SharedVectors;
}

/**
 * Scores the candidates of one user at a time: writes what the graphs and the catalogue say of them into the kernel's buffers,
 * and runs it. One per shard; nothing of a user stays but his scores, until the next one's.
 */
export class CandidateScoring implements ScoredCandidates {
  items: Int32Array = new Int32Array(0);
  count = 0;
  readonly #kernel: CandidateKernel;
  readonly #parts: ScoringParts;
  readonly #session: SessionFacts;
  readonly #vectors: Float32Array;
  readonly #width: number;
  readonly #recents: number;
  /** What `#touch` read; kept so that it is read at all. */
  touched = 0;
  readonly #context: FeatureContext;

  /** `max` candidates of a user at most. */
  constructor(parts: ScoringParts, max: number) {
    const { interactions, graph, columns, vectors, scorer } = parts;
    this.#parts = parts;
    this.#kernel = new CandidateKernel(scorer.shape, scorer.ranker, vectors, max);
    this.#session = new SessionFacts(graph.slabs, columns.category);
    this.#vectors = itemVectors(vectors);
    this.#width = vectors.width;
    this.#recents = scorer.shape.recents;
    this.#context = {
      outgoingOfLast: 0,
      weightBest: 0,
      sessionItems: 0,
      priceOfLast: Number.NaN,
      popularHalfLifeMs: interactions.times.popularHalfLifeMs,
      recentHalfLifeMs: interactions.times.recentHalfLifeMs,
    };
  }

  get scores(): Float32Array {
    return this.#kernel.scores;
  }

  get columns(): Float32Array {
    return this.#kernel.columns;
  }

  get stride(): number {
    return this.#kernel.stride;
  }

  /** Nobody's: there are no candidates. */
  clear(): void {
    this.count = 0;
  }

  /** Scores all of `candidates` for the user in `slot`. */
  run(slot: number, candidates: CandidateSet, search: SearchHits | undefined, nowMs: number): void {
    this.items = candidates.item;
    this.count = candidates.count;
    if (candidates.count === 0) return;
    this.#session.use(slot);
    this.#touch(candidates);
    this.#putContext(candidates, nowMs);
    this.#putGraphs(candidates, nowMs);
    this.#putItems(candidates);
    this.#putHistory(slot, candidates, search);
    this.#putTargets(slot);
    this.#kernel.run(candidates.count, this.#context);
  }

  #putContext(candidates: CandidateSet, nowMs: number): void {
    const { interactions, columns } = this.#parts;
    const { last, items } = this.#session;
    const context = this.#context;
    context.sessionItems = items;
    context.outgoingOfLast =
      last < 0 ? 0 : interactions.arrays.outgoing[last] * interactions.rowFactor(last, nowMs);
    context.priceOfLast = last < 0 ? Number.NaN : columns.price[last];
    context.weightBest = bestOf(candidates);
  }

  /** What the interaction graph and the proposers say. */
  #putGraphs(candidates: CandidateSet, nowMs: number): void {
    const { inputs, items } = this.#kernel;
    const { popular, recent, popularAt } = this.#parts.interactions.arrays;
    const { count } = candidates;
    for (let row = 0; row < count; row++) {
      const item = candidates.item[row];
      items[row] = item;
      inputs.transition[row] = candidates.next[row];
      inputs.transitionBack[row] = candidates.before[row];
      inputs.together[row] = candidates.together[row];
      inputs.togetherPrevious[row] = candidates.togetherPrevious[row];
      inputs.neighbour[row] = candidates.neighbour[row];
      inputs.weight[row] = candidates.weight[row];
      inputs.popular[row] = popular[item];
      inputs.recent[row] = recent[item];
      inputs.ageMs[row] = nowMs - popularAt[item];
    }
  }

  /** What the catalogue says of each item, beside the session. */
  #putItems(candidates: CandidateSet): void {
    const { inputs } = this.#kernel;
    const { category, brand, price } = this.#parts.columns;
    const session = this.#session;
    const { last } = session;
    const lastCategory = last < 0 ? NONE : category[last];
    const lastBrand = last < 0 ? NONE : brand[last];
    for (let row = 0; row < candidates.count; row++) {
      const item = candidates.item[row];
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
  #putHistory(slot: number, candidates: CandidateSet, search: SearchHits | undefined): void {
    const { inputs } = this.#kernel;
    const { count } = candidates;
    inputs.distance.fill(-1, 0, count);
    for (const column of [inputs.clicks, inputs.boughtBefore, inputs.touchedBefore, inputs.hit])
      column.fill(0, 0, count);
    this.#putSeen(slot, candidates);
    for (let i = 0; i < this.#session.items; i++) this.#putClicked(i, candidates);
    if (search === undefined) return;
    for (const item of search.hits) {
      const row = candidates.row(item);
      if (row >= 0) inputs.hit[row] = search.strength;
    }
  }

  #putSeen(slot: number, candidates: CandidateSet): void {
    const { inputs } = this.#kernel;
    const { slabs } = this.#parts.graph;
    const start = slot * slabs.bounds.seen;
    for (let i = start; i < start + slabs.seenCount[slot]; i++) {
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

  /** The user's interest, and the vectors of his last clicks. */
  #putTargets(slot: number): void {
    const { slabs } = this.#parts.graph;
    const { targets } = this.#kernel;
    const width = this.#width;
    for (let d = 0; d < width; d++) targets[d] = slabs.interest[slot * width + d];
    const start = slot * slabs.bounds.clicks;
    const count = slabs.clickCount[slot];
    for (let back = 1; back <= this.#recents; back++) {
      const to = back * width;
      const from = back > count ? -1 : slabs.clickItem[start + count - back] * width;
      for (let d = 0; d < width; d++) targets[to + d] = from < 0 ? 0 : this.#vectors[from + d];
    }
  }

  #hasVector(item: number): boolean {
    const end = (item + 1) * this.#width;
    for (let at = item * this.#width; at < end; at++) if (this.#vectors[at] !== 0) return true;
    return false;
  }

  /**
   * Asks for the vectors of all candidates at once, where the kernel would ask for one after the other: the table is far
   * larger than the caches, and scoring is waiting for memory.
   */
  #touch(candidates: CandidateSet): void {
    const vectors = this.#vectors;
    let sum = 0;
    for (let row = 0; row < candidates.count; row++) {
      const end = (candidates.item[row] + 1) * this.#width;
      for (let at = candidates.item[row] * this.#width; at < end; at += CACHE_LINE) sum += vectors[at];
    }
    this.touched = sum;
  }
}

function bestOf(candidates: CandidateSet): number {
  let best = 0;
  for (let row = 0; row < candidates.count; row++)
    if (candidates.weight[row] > best) best = candidates.weight[row];
  return best;
}
