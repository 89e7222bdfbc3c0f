import type { CatalogueView } from '../../../model/catalogue/catalogue-view.js';
import type { VectorView } from '../../../model/kernel/shared-vectors.js';
import { dot } from '../../../model/kernel/dot.js';
import { Stamps } from '../../../metrics/stamps.js';
import type { DistinctShoppers } from '../../graph/interactions/distinct-shoppers.js';
import type { InteractionGraph } from '../../graph/interactions/interaction-graph.js';
import { createOrderedList, insertByScore, type OrderedList } from '../lists/ordered-list.js';
import { isAllowed, type SlotRules } from '../lists/slot-rules.js';
import type { SeenLookup } from '../lists/seen-lookup.js';

/** Items that are looked at for one list of similar ones: neighbours, then neighbours of these. */
const SIMILAR_LOOKS_MAX = 1_024;
/** Items of the catalogue that are looked at for more of the same category. */
const CATEGORY_LOOKS_MAX = 4_096;
/** Below every cosine: an item that is there for its category alone. */
const CATEGORY_SCORE = -1;
const CATEGORY_STEP = 1e-3;

/** What relations between items are read from. All of it is shared and borrowed. */
export interface RelationSources {
  readonly catalogue: CatalogueView;
  readonly interactions: InteractionGraph;
  readonly nearest: VectorView;
  readonly shoppers: DistinctShoppers;
}

/**
 * Items around one item, whoever asks: `similar` by item vectors, and by category where these end; `together` by what shoppers
 * clicked and bought with it. The item itself is never among them. The work does not grow with the catalogue. One per shard.
 */
export class RelatedItems {
  readonly #sources: RelationSources;
  readonly #list: OrderedList;
  /** Items that were looked at for the list. */
  readonly #looked: Stamps;
  /** Those of them that lead on to their own neighbours, in the order they were found. */
  readonly #ring = new Int32Array(SIMILAR_LOOKS_MAX);
  #ringEnd = 0;

  constructor(sources: RelationSources, listMax: number) {
    this.#sources = sources;
    this.#list = createOrderedList(listMax);
    this.#looked = new Stamps(sources.catalogue.itemMax);
  }

  /**
   * The `count` items most like `item` that the rules allow, by the cosine of their vectors; then those that came last into its
   * category, below −1. Borrowed until the next call.
   */
  similar(item: number, rules: SlotRules, seen: SeenLookup, count: number): OrderedList {
    const list = this.#begin(item, count);
    this.#ring[0] = item;
    this.#ringEnd = 1;
    for (let at = 0; at < this.#ringEnd; at++) {
      // The nearest items of all are those of the first ring; another one is asked for when the rules leave too few.
      if (at > 0 && list.count >= count) break;
      this.#addNearest(this.#ring[at], item, rules, seen);
    }
    if (list.count < count) this.#addCategory(item, rules, seen);
    return list;
  }

  /**
   * The `count` items clicked most with `item`, by how often that was, faded to `nowMs`; those alone that enough shoppers have clicked
   * with it. Borrowed as well.
   */
  together(
    item: number,
    rules: SlotRules,
    seen: SeenLookup,
    { count, nowMs }: { readonly count: number; readonly nowMs: number },
  ): OrderedList {
    const list = this.#begin(item, count);
    const { catalogue, interactions, shoppers } = this.#sources;
    const { arrays, shared } = interactions;
    shoppers.lookAround(item);
    const factor = interactions.rowFactor(item, nowMs);
    const from = item * shared.bounds.neighbours;
    for (let i = from; i < from + arrays.rowCount[item]; i++) {
      const other = arrays.other[i];
      if (arrays.together[i] <= 0 || !this.#look(other)) continue;
      if (isAllowed(rules, catalogue, seen, other) && shoppers.areEnoughWith(other))
        insertByScore(list, other, arrays.together[i] * factor, -1);
    }
    return list;
  }

  #begin(item: number, count: number): OrderedList {
    const list = this.#list;
    list.count = 0;
    list.max = count;
    this.#looked.forget();
    this.#looked.mark(item);
    return list;
  }

  /** False for an item that was looked at before. */
  #look(item: number): boolean {
    if (this.#looked.has(item)) return false;
    this.#looked.mark(item);
    return true;
  }

  #addNearest(of: number, item: number, rules: SlotRules, seen: SeenLookup): void {
    const { catalogue, nearest } = this.#sources;
    const { similar, similarCount, vectors, width } = nearest;
    const from = of * similarCount;
    for (let rank = 0; rank < similarCount && this.#ringEnd < SIMILAR_LOOKS_MAX; rank++) {
      const other = similar[from + rank] - 1;
      if (other < 0) break;
      if (!this.#look(other)) continue;
      this.#ring[this.#ringEnd++] = other;
      if (!isAllowed(rules, catalogue, seen, other)) continue;
      insertByScore(this.#list, other, dot(vectors, item * width, vectors, other * width, width), -1);
    }
  }

  /** Those of the item's category, from the newest item of the catalogue on. */
  #addCategory(item: number, rules: SlotRules, seen: SeenLookup): void {
    const { catalogue } = this.#sources;
    const list = this.#list;
    const category = catalogue.category[item];
    if (category < 0) return;
    let score = CATEGORY_SCORE;
    const last = catalogue.indexCount - 1;
    for (
      let other = last;
      other >= 0 && other > last - CATEGORY_LOOKS_MAX && list.count < list.max;
      other--
    ) {
      if (catalogue.category[other] !== category || !this.#look(other)) continue;
      if (isAllowed(rules, catalogue, seen, other)) insertByScore(list, other, (score -= CATEGORY_STEP), -1);
    }
  }
}
