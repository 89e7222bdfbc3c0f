import type { CatalogueView } from '../../../model/catalogue/catalogue-view.js';
import type { TopItems } from '../../graph/interactions/top-items.js';
import type { Trends } from '../../graph/interactions/trends.js';
import type { ScoredCandidates } from '../scoring/candidate-scoring.js';
import { filterCategory } from './filter-category.js';
import { diversify } from './diversity.js';
import { createOrderedList, insertByScore, type OrderedList } from './ordered-list.js';
import { isAllowed, type SlotRules } from './slot-rules.js';
import type { SeenLookup } from './seen-lookup.js';
import { freeze, limitMoves } from './stability.js';

/** What a shopper sees in a slot now. */
export interface ShownList {
  readonly items: Int32Array;
  /** Ms since its last change, of order too. */
  readonly ageMs: number;
}

/** Items beyond k that diversity and stability may choose from. */
const SPARE = 40;
/** Items of the catalogue looked at when graphs and trends do not fill a list, as on the first day of a shop. */
const WALK_MAX = 4_096;
/** Step between the scores of items that fill a list, below the last scored one. */
const FILL_STEP = 1e-3;

/** Makes lists out of scored candidates: rules, diversity, stability, and filling up. One per shard. */
export class ListMaker {
  readonly #catalogue: CatalogueView;
  readonly #trends: Trends;
  readonly #popular: TopItems;
  readonly #list: OrderedList;

  constructor(catalogue: CatalogueView, trends: Trends, popular: TopItems, kMax: number) {
    this.#catalogue = catalogue;
    this.#trends = trends;
    this.#popular = popular;
    this.#list = createOrderedList(2 * kMax + SPARE);
  }

  /**
   * The list of one slot: at most k items, best first; borrowed until the next call. `seen` holds the user's marks.
   */
  make(
    rules: SlotRules,
    { items, scores, count }: Candidates,
    seen: SeenLookup,
    shown: ShownList | undefined,
  ): OrderedList {
    const list = this.#list;
    const { k, diversity, maxMoves, minIntervalMs } = rules.definition;
    list.count = 0;
    const isSteady = shown !== undefined && (maxMoves > 0 || minIntervalMs > 0);
    list.max = diversity > 0 || isSteady ? k + SPARE : k;
    for (let i = 0; i < count; i++) {
      const item = items[i];
      const score = scores[i];
      if (list.count === list.max && score <= list.scores[list.max - 1]) continue;
      if (isAllowed(rules, this.#catalogue, seen, item)) insertByScore(list, item, score, i);
    }
    if (list.count < k) this.#fill(rules, seen);
    diversify(list, k, diversity, this.#catalogue.category);
    if (isSteady) this.#steady(rules, seen, shown);
    list.count = Math.min(list.count, k);
    return list;
  }

  /** R5: within `minIntervalMs` of the last change nothing moves, and never do more than `maxMoves` items enter. */
  #steady(rules: SlotRules, seen: SeenLookup, shown: ShownList): void {
    const list = this.#list;
    const { k, maxMoves, minIntervalMs } = rules.definition;
    for (let i = 0; i < shown.items.length; i++) this.#offer(rules, seen, shown.items[i]);
    if (shown.ageMs < minIntervalMs) freeze(list, shown.items);
    else if (maxMoves > 0) limitMoves(list, k, shown.items, maxMoves);
  }

  /** The candidates of a `rank` call by score, those that the rules allow; borrowed until the next call. */
  rank(rules: SlotRules, { items, scores, count }: Candidates, seen: SeenLookup): OrderedList {
    const list = this.#list;
    list.count = 0;
    list.max = rules.definition.k;
    for (let i = 0; i < count; i++) {
      const item = items[i];
      if (isAllowed(rules, this.#catalogue, seen, item)) insertByScore(list, item, scores[i], i);
    }
    return list;
  }

  /** Trends of the category that the slot asks for, all trends, what is popular, then the catalogue from its newest item on, as far as the rules allow. */
  #fill(rules: SlotRules, seen: SeenLookup): void {
    const list = this.#list;
    const { k } = rules.definition;
    const category = filterCategory(rules.definition.filter);
    const inCategory = category < 0 ? undefined : this.#trends.ofCategory(category);
    if (inCategory !== undefined)
      for (let i = 0; i < inCategory.count && list.count < k; i++)
        this.#offer(rules, seen, inCategory.items[i]);
    for (const top of [this.#trends, this.#popular]) {
      for (let i = 0; i < top.count && list.count < k; i++) this.#offer(rules, seen, top.items[i]);
    }
    const last = this.#catalogue.indexCount - 1;
    for (let item = last; item >= 0 && item > last - WALK_MAX && list.count < k; item--)
      this.#offer(rules, seen, item);
  }

  #offer(rules: SlotRules, seen: SeenLookup, item: number): void {
    const list = this.#list;
    for (let i = 0; i < list.count; i++) if (list.items[i] === item) return;
    if (!isAllowed(rules, this.#catalogue, seen, item)) return;
    const score = list.count === 0 ? 0 : list.scores[list.count - 1] - FILL_STEP;
    list.items[list.count] = item;
    list.scores[list.count] = score;
    list.rows[list.count++] = -1;
  }
}

/** What a list is made of. */
export type Candidates = Pick<ScoredCandidates, 'items' | 'scores' | 'count'>;
