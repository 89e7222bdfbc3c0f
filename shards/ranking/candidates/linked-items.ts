import type { CatalogueView } from '../../../model/catalogue/catalogue-view.js';
import { KIND_LINKS_MAX, type CompiledFilter } from '../../../model/catalogue/shared-catalogue.js';
import { NODE } from '../../graph/interest/interest-slabs.js';
import type { InterestGraph } from '../../graph/interest/interest-graph.js';
import { CandidateSet } from './candidate-set.js';

/**
 * What a likeness of 1 with one interest adds to a score: as much as makes an item some thousand times as likely as it was beside the
 * others. Chosen by `npm run evaluate:kinds`: docs/decisions/0068-kinds.md.
 */
export const LINKED_STEP = 8;
/** Links that one user's interests have together, at most. */
const LINKS_MAX = 512;

/** Scored items, borrowed. */
interface Scored {
  readonly items: Int32Array;
  readonly scores: Float32Array;
  readonly count: number;
}

/**
 * Items of the kinds that a user's slots ask for, found by the texts of what the user is interested in, whatever its kind: what no click
 * ever joined. Each of the user's items proposes those that it leads to, the more alike the more. One per shard; where no slot asks
 * for a kind it costs nothing, and a slot that does costs a look at 16 links of 32 nodes at most.
 */
export class LinkedItems {
  readonly #graph: InterestGraph;
  readonly #catalogue: CatalogueView;
  readonly #kept: number;
  /** Their weights are the sums of squared likenesses, each by the weight of the interest, 1 at most. */
  readonly #found: CandidateSet;
  /** Row of each found item among the candidates that were scored last, −1 for none. */
  readonly #rows: Int32Array;
  readonly #filters: CompiledFilter[] = [];
  readonly #raised: { items: Int32Array; scores: Float32Array; count: number };

  /** At most `kept` items of a user; `max` candidates are scored at most. */
  constructor(graph: InterestGraph, catalogue: CatalogueView, kept: number, max: number) {
    this.#graph = graph;
    this.#catalogue = catalogue;
    this.#kept = kept;
    this.#found = new CandidateSet(LINKS_MAX, catalogue.itemMax);
    this.#found.begin();
    this.#rows = new Int32Array(kept);
    this.#raised = { items: new Int32Array(0), scores: new Float32Array(max), count: 0 };
  }

  /** Forgets the last user's. */
  begin(): void {
    if (this.#filters.length === 0) return;
    this.#filters.length = 0;
    this.#found.begin();
  }

  /** Items that pass this filter, or another that was given since `begin`, are wanted. */
  want(filter: CompiledFilter): void {
    this.#filters.push(filter);
  }

  /** Candidates that `addTo` may bring: what it takes of the room for others. */
  get room(): number {
    return Math.min(this.#found.count, this.#kept);
  }

  /** Finds what leads from the interests of the user in `row` to items that are wanted. */
  collect(row: number, nowMs: number): void {
    if (this.#filters.length === 0) return;
    const { slabs } = this.#graph;
    const start = slabs.nodeStart[row];
    for (let node = 0; node < slabs.nodeCount[row]; node++) {
      if (slabs.nodeKind[start + node] !== NODE.item) continue;
      const weight = Math.min(1, this.#graph.weight(row, node, nowMs));
      if (weight > 0) this.#addLinks(slabs.nodeKey[start + node], weight);
    }
    this.#found.cut(this.#kept);
  }

  /** Adds what was found to the candidates, behind those that are there. */
  addTo(candidates: CandidateSet): void {
    const { count, item } = this.#found;
    for (let i = 0; i < count; i++) candidates.add(item[i]);
  }

  /** Notes where what was found stands among `candidates`, whose scores are the next that are raised. */
  find(candidates: CandidateSet): void {
    const { count, item } = this.#found;
    for (let i = 0; i < count; i++) this.#rows[i] = candidates.row(item[i]);
  }

  /** The candidates with the scores that they have where a kind is asked for; borrowed until the next call. */
  raised({ items, scores, count }: Scored): Scored {
    const raised = this.#raised;
    raised.items = items;
    raised.count = count;
    for (let i = 0; i < count; i++) raised.scores[i] = scores[i];
    for (let i = 0; i < this.#found.count; i++)
      if (this.#rows[i] >= 0) raised.scores[this.#rows[i]] += LINKED_STEP * this.#found.weight[i];
    return raised;
  }

  #addLinks(from: number, weight: number): void {
    const { linkedItems, linkedLikeness } = this.#catalogue;
    const first = from * KIND_LINKS_MAX;
    for (let at = first; at < first + KIND_LINKS_MAX && linkedItems[at] > 0; at++) {
      const item = linkedItems[at] - 1;
      if (!this.#isWanted(item)) continue;
      const row = this.#found.add(item);
      if (row < 0) return;
      this.#found.weight[row] += weight * linkedLikeness[at] ** 2;
    }
  }

  #isWanted(item: number): boolean {
    if (!this.#catalogue.isRecommendable(item)) return false;
    for (let i = 0; i < this.#filters.length; i++)
      if (this.#catalogue.passes(this.#filters[i], item)) return true;
    return false;
  }
}
