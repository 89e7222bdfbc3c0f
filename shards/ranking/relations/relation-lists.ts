import type { CatalogueView } from '../../../model/catalogue/catalogue-view.js';
import type { VectorView } from '../../../model/kernel/shared-vectors.js';
import type { Clock } from '../../../metrics/process/clock.js';
import { DistinctShoppers } from '../../graph/interactions/distinct-shoppers.js';
import type { InteractionGraph } from '../../graph/interactions/interaction-graph.js';
import type { TopItems } from '../../graph/interactions/top-items.js';
import type { Trends } from '../../graph/interactions/trends.js';
import type { OrderedList } from '../lists/ordered-list.js';
import { RelatedItems } from './related-items.js';
import type { SeenLookup } from '../lists/seen-lookup.js';
import { ShopLists } from './shop-lists.js';
import type { SlotRules } from '../lists/slot-rules.js';
import { SOURCE } from '../reasons/reason-codes.js';
import type { ReasonRow, RelationAsked } from '../../wire/slot-lists.js';

/** What lists around items are made of. */
export interface RelationContext {
  readonly catalogue: CatalogueView;
  readonly interactions: InteractionGraph;
  readonly nearest: VectorView;
  readonly trends: Trends;
  readonly popular: TopItems;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Shoppers that it takes for what they did to be shown, 1 … 16. */
  readonly smallestGroup: number;
}

const SOURCE_OF = {
  similar: SOURCE.similar,
  together: SOURCE.together,
  trending: SOURCE.trend,
  new: SOURCE.new,
} as const;

/**
 * Lists around an item, and lists of the whole shop. One per shard. What all shoppers did orders `together` and `trending`, and leaves the
 * shard as no number: their scores say the place alone.
 */
export class RelationLists {
  readonly #related: RelatedItems;
  readonly #shop: ShopLists;
  readonly #clock: Pick<Clock, 'nowMs'>;

  /** `listMax`: items of the longest list. */
  constructor(context: RelationContext, listMax: number) {
    const shoppers = new DistinctShoppers(context.interactions, context.smallestGroup);
    this.#related = new RelatedItems({ ...context, shoppers }, listMax);
    this.#shop = new ShopLists({ ...context, shoppers }, listMax);
    this.#clock = context.clock;
  }

  /** At most `count` items, best first; scores as docs/PROTOCOL.md has them for `how`. Borrowed until the next call. */
  collect({ how, item }: RelationAsked, rules: SlotRules, seen: SeenLookup, count: number): OrderedList {
    const nowMs = this.#clock.nowMs();
    switch (how) {
      case 'similar':
        return this.#related.similar(item, rules, seen, count);
      case 'together':
        return scoredByPlace(this.#related.together(item, rules, seen, { count, nowMs }));
      case 'trending':
        return scoredByPlace(this.#shop.trending(rules, seen, count, nowMs));
      case 'new':
        return this.#shop.newest(rules, seen, count, nowMs);
    }
  }

  /** Why items stand in such a list, the same for each of them: the item that it is around. */
  reasons({ how, item }: RelationAsked, count: number): ReasonRow[] {
    const because = item < 0 ? [] : [item];
    const reason = { because, weight: because.map(() => 1), source: SOURCE_OF[how] };
    return Array.from({ length: count }, () => reason);
  }
}

/** 1, 1/2, 1/3 … in the place of counts. */
function scoredByPlace(list: OrderedList): OrderedList {
  for (let place = 0; place < list.count; place++) list.scores[place] = 1 / (place + 1);
  return list;
}
