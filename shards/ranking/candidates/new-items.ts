import { dot } from '../../../model/kernel/dot.js';
import { NEW_ITEMS_MAX, VectorView, type SharedVectors } from '../../../model/kernel/shared-vectors.js';
import { VectorLikeness } from '../../../model/kernel/vector-likeness.js';
import type { InterestSlabs } from '../../graph/interest/interest-slabs.js';
import type { CandidateSet } from './candidate-set.js';

/** New items that one list has room for among its candidates. */
export const NEW_ITEMS_KEPT = 12;
/**
 * Of the nearest items that a new one is proposed by, and how much of the mean weight of these is its own: no graph knows it, so it would
 * stand behind all that any graph proposes. Chosen in docs/decisions/0022-new-items.md.
 */
const NEAREST = 8;
const NEAREST_SHARE = 0.5;
/** Clicks that say what a shopper wants now, and how much less each older one says. */
const CLICKS = 3;
const AGE_FADE = 0.8;

/**
 * Proposes items that nobody clicked yet, by their content: of the newest ones in the catalogue those nearest to the shopper's
 * interest and last clicks. At most `NEW_ITEMS_MAX` dot products a call. One per shard; keeps nothing but scratch.
 */
export class NewItems {
  readonly #view: VectorView;
  readonly #like: VectorLikeness;
  readonly #best = new Int32Array(NEW_ITEMS_KEPT);
  readonly #scores = new Float32Array(NEW_ITEMS_KEPT);

  constructor(vectors: SharedVectors) {
    this.#view = new VectorView(vectors);
    this.#like = new VectorLikeness(vectors, NEW_ITEMS_MAX);
  }

  /** Candidates that `add` may bring; 0 while there are no new items. */
  get room(): number {
    return Math.min(this.#view.newItems[0], NEW_ITEMS_KEPT);
  }

  /**
   * Adds at most `room` candidates for the user in `row`, none when nothing is known of them. They weigh something where items that they are
   * nearest to are candidates.
   */
  add(
    candidates: CandidateSet,
    slabs: InterestSlabs,
    row: number,
    isRecommendable: (item: number) => boolean,
  ): void {
    const { newItems } = this.#view;
    const { items, likeness } = this.#like;
    const count = Math.min(newItems[0], NEW_ITEMS_MAX);
    if (count === 0 || !this.#writeWanted(slabs, row)) return;
    // Copied once: the gateway may be noting another item.
    for (let i = 0; i < count; i++) items[i] = newItems[1 + i];
    this.#like.run(count);
    let kept = 0;
    for (let i = 0; i < count; i++) {
      const item = items[i];
      const score = likeness[i];
      if (score <= 0 || (kept === NEW_ITEMS_KEPT && score <= this.#scores[kept - 1])) continue;
      if (isRecommendable(item)) kept = this.#keep(item, score, kept);
    }
    for (let i = 0; i < kept; i++) this.#propose(candidates, this.#best[i]);
  }

  /** An item that the graphs propose by now keeps the weight that it has. */
  #propose(candidates: CandidateSet, item: number): void {
    if (candidates.row(item) >= 0) return;
    const row = candidates.add(item);
    if (row < 0) return;
    const { similar, similarCount } = this.#view;
    const from = item * similarCount;
    const count = Math.min(NEAREST, similarCount);
    let sum = 0;
    for (let i = from; i < from + count && similar[i] !== 0; i++) {
      const near = candidates.row(similar[i] - 1);
      if (near >= 0) sum += candidates.weight[near];
    }
    candidates.weight[row] = (NEAREST_SHARE * sum) / NEAREST;
  }

  /** False when the user's interest and clicks have no vectors. */
  #writeWanted(slabs: InterestSlabs, row: number): boolean {
    const { vectors, width } = this.#view;
    const wanted = this.#like.target;
    for (let d = 0; d < width; d++) wanted[d] = slabs.interest[row * width + d];
    const start = row * slabs.bounds.clicks;
    const end = start + slabs.clickCount[row];
    let fade = 1;
    for (let c = end - 1; c >= start && c >= end - CLICKS; c--, fade *= AGE_FADE) {
      const from = slabs.clickItem[c] * width;
      for (let d = 0; d < width; d++) wanted[d] += fade * vectors[from + d];
    }
    return dot(wanted, 0, wanted, 0, width) > 0;
  }

  /** Inserts by score; returns how many are kept. */
  #keep(item: number, score: number, kept: number): number {
    let to = Math.min(kept, NEW_ITEMS_KEPT - 1);
    for (; to > 0 && this.#scores[to - 1] < score; to--) {
      this.#scores[to] = this.#scores[to - 1];
      this.#best[to] = this.#best[to - 1];
    }
    this.#scores[to] = score;
    this.#best[to] = item;
    return Math.min(kept + 1, NEW_ITEMS_KEPT);
  }
}
