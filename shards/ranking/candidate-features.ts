import { createFeatureInputs, FEATURE_COUNT, writeFeatures } from '../../model/features/index.js';
import { TILE, tiledRows, type ScoreBatch } from '../../model/scorer.js';
import type { InteractionGraph } from '../graph/interaction-graph.js';
import type { InterestGraph } from '../graph/interest-graph.js';
import { NODE } from '../graph/interest-slabs.js';
import type { CandidateSet } from './candidate-set.js';
import type { ItemColumns } from './neighbourhood.js';
import type { SeenLookup } from './seen-lookup.js';
import { SEEN } from '../graph/event-effects.js';
import { VectorRows } from './vector-rows.js';

/** Items that match a user's latest search, and how much that still matters (0..1). */
export interface SearchHits {
  readonly set: ReadonlySet<number>;
  readonly strength: number;
}

/**
 * Fills vectors and features of a user's candidates into a batch. One per shard; reads the graphs, writes the batch, keeps
 * nothing but scratch.
 */
export class CandidateFeatures {
  readonly #inputs = createFeatureInputs();
  readonly #interactions: InteractionGraph;
  readonly #graph: InterestGraph;
  readonly #columns: ItemColumns;
  readonly #vectors: VectorRows;
  readonly #batch: ScoreBatch;
  readonly #batchVectors: VectorRows;
  /** Distance of the last click on each item of the session, by item; valid where `#clickStamp` is current. */
  readonly #distance: Uint8Array;
  readonly #clicks: Uint8Array;
  readonly #clickStamp: Int32Array;
  #stamp = 0;
  /** Categories of the session and items in each; [nodes]. */
  readonly #codes: Int32Array;
  readonly #codeItems: Int32Array;
  #codeCount = 0;

  /** `batch` is what candidates are appended to. */
  constructor(
    batch: ScoreBatch,
    interactions: InteractionGraph,
    graph: InterestGraph,
    columns: ItemColumns,
    vectors: Float32Array,
  ) {
    const { width } = graph.slabs.bounds;
    const items = interactions.shared.bounds.items;
    this.#interactions = interactions;
    this.#graph = graph;
    this.#columns = columns;
    this.#vectors = new VectorRows(vectors, width);
    this.#batch = batch;
    this.#batchVectors = new VectorRows(batch.vectors, width);
    this.#distance = new Uint8Array(items);
    this.#clicks = new Uint8Array(items);
    this.#clickStamp = new Int32Array(items);
    this.#codes = new Int32Array(graph.slabs.bounds.nodes);
    this.#codeItems = new Int32Array(graph.slabs.bounds.nodes);
  }

  /** Appends all of `candidates` to the batch as candidates of row `user`, in whole tiles; returns the first row. `seen` holds this user's marks. */
  append(
    user: number,
    slot: number,
    candidates: CandidateSet,
    search: SearchHits | undefined,
    seen: SeenLookup,
    nowMs: number,
  ): number {
    const { slabs } = this.#graph;
    const batch = this.#batch;
    const start = slot * slabs.bounds.clicks;
    const end = start + slabs.clickCount[slot];
    const last = end > start ? slabs.clickItem[end - 1] : -1;
    const f = this.#inputs;
    f.sessionItems = this.#indexClicks(slabs.clickItem, start, end);
    f.outgoingOfLast =
      last < 0 ? 0 : this.#interactions.arrays.outgoing[last] * this.#interactions.rowFactor(last, nowMs);
    f.priceOfLast = last < 0 ? Number.NaN : this.#columns.price[last];
    f.weightBest = bestOf(candidates);
    this.#indexCategories(slot);
    this.#vectors.touch(candidates.item, candidates.count);
    const first = batch.candidates;
    for (let row = 0; row < candidates.count; row++) {
      const item = candidates.item[row];
      const m = first + row;
      f.hasVector = this.#vectors.copy(item, this.#batchVectors, m);
      f.transition = candidates.next[row];
      f.transitionBack = candidates.before[row];
      f.together = candidates.together[row];
      f.togetherPrevious = candidates.togetherPrevious[row];
      f.neighbour = candidates.neighbour[row];
      f.weight = candidates.weight[row];
      f.popularity = this.#interactions.popularity(item, nowMs);
      f.recentPopularity = this.#interactions.recentPopularity(item, nowMs);
      const inSession = this.#clickStamp[item] === this.#stamp;
      f.distance = inSession ? this.#distance[item] : -1;
      f.clicks = inSession ? this.#clicks[item] : 0;
      const marks = seen.marks(item);
      f.boughtBefore = !inSession && (marks & SEEN.purchased) !== 0;
      f.touchedBefore = !inSession && marks !== 0;
      this.#itemFacts(item, last, f.sessionItems);
      f.hit = search !== undefined && search.set.has(item) ? search.strength : 0;
      writeFeatures(batch.features, m * FEATURE_COUNT, f);
    }
    batch.candidates = first + tiledRows(candidates.count);
    batch.tileOwner.fill(user, first / TILE, batch.candidates / TILE);
    return first;
  }

  #itemFacts(item: number, last: number, sessionItems: number): void {
    const f = this.#inputs;
    const { category, brand, price } = this.#columns;
    f.price = price[item];
    f.sameCategory = last >= 0 && category[item] >= 0 && category[item] === category[last];
    f.sameBrand = last >= 0 && brand[item] >= 0 && brand[item] === brand[last];
    f.categoryShare = sessionItems === 0 ? 0 : this.#categoryItems(category[item]) / sessionItems;
  }

  /** Distinct items of the session in a category. */
  #categoryItems(code: number): number {
    if (code < 0) return 0;
    for (let i = 0; i < this.#codeCount; i++) if (this.#codes[i] === code) return this.#codeItems[i];
    return 0;
  }

  /** Counts the items of the session by category. */
  #indexCategories(slot: number): void {
    const { slabs } = this.#graph;
    const { category } = this.#columns;
    const start = slot * slabs.bounds.nodes;
    this.#codeCount = 0;
    for (let i = start; i < start + slabs.nodeCount[slot]; i++) {
      const isCurrent =
        slabs.nodeKind[i] === NODE.item &&
        slabs.nodeOrder[i] >= slabs.sessionOrder[slot] &&
        slabs.nodeOrder[i] > 0;
      if (isCurrent) this.#countCategory(category[slabs.nodeKey[i]]);
    }
  }

  #countCategory(code: number): void {
    let at = 0;
    while (at < this.#codeCount && this.#codes[at] !== code) at++;
    if (at === this.#codeCount) {
      this.#codes[at] = code;
      this.#codeItems[at] = 0;
      this.#codeCount++;
    }
    this.#codeItems[at]++;
  }

  /** Notes distance and count of each clicked item; returns how many distinct ones there are. */
  #indexClicks(clicks: Int32Array, start: number, end: number): number {
    this.#stamp++;
    let distinct = 0;
    for (let i = end - 1; i >= start; i--) {
      const item = clicks[i];
      if (this.#clickStamp[item] !== this.#stamp) {
        this.#clickStamp[item] = this.#stamp;
        this.#distance[item] = end - 1 - i;
        this.#clicks[item] = 0;
        distinct++;
      }
      this.#clicks[item]++;
    }
    return distinct;
  }
}

function bestOf(candidates: CandidateSet): number {
  let best = 0;
  for (let row = 0; row < candidates.count; row++)
    if (candidates.weight[row] > best) best = candidates.weight[row];
  return best;
}
