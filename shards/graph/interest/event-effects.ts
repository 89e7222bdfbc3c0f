import { EVENT_KIND } from '../../../model/scorer/event-kinds.js';

/** What the shopper did to an item, as bits of a seen mark. */
export const SEEN = { viewed: 1, purchased: 2, dismissed: 4, carted: 8 } as const;

/** What one kind of event does to the interest graph. */
export interface EventEffect {
  /** Added to the weight of the item's node; its category and brand get a part of it. Negative: the interest wanes. */
  readonly weight: number;
  /** True when the event is a click: the node gets a new state, and the interaction graph learns the transition. */
  readonly isClick: boolean;
  /** Bits of `SEEN` to set, and to clear. */
  readonly marks: number;
  readonly clears: number;
}

const none: EventEffect = { weight: 0, isClick: false, marks: 0, clears: 0 };
const click = (weight: number, marks: number = SEEN.viewed): EventEffect => ({
  weight,
  isClick: true,
  marks,
  clears: SEEN.dismissed,
});
const wane = (weight: number, marks: number, clears: number): EventEffect => ({
  weight,
  isClick: false,
  marks,
  clears,
});

/**
 * Effects by `EVENT_KIND`. The weights are the usual order of intent (a view 1, a cart 3, a purchase 5), not fitted: the
 * model sees the kind itself. An impression (`view_item_list`, `view_promotion`) is not an interest and leaves the graph alone.
 */
const EFFECTS: readonly EventEffect[] = (() => {
  const effects: EventEffect[] = Array.from({ length: Object.keys(EVENT_KIND).length }, () => none);
  effects[EVENT_KIND.select_item] = click(0.5);
  effects[EVENT_KIND.view_item] = click(1);
  effects[EVENT_KIND.add_to_wishlist] = click(2);
  effects[EVENT_KIND.add_to_cart] = click(3, SEEN.viewed | SEEN.carted);
  effects[EVENT_KIND.begin_checkout] = click(2);
  effects[EVENT_KIND.purchase] = click(5, SEEN.viewed | SEEN.purchased);
  effects[EVENT_KIND.select_promotion] = click(0.5);
  effects[EVENT_KIND.remove_from_cart] = wane(-2, 0, SEEN.carted);
  effects[EVENT_KIND.refund] = wane(-3, 0, SEEN.purchased);
  effects[EVENT_KIND.dismiss_item] = wane(-5, SEEN.dismissed, SEEN.carted);
  return effects;
})();

const LIKED = click(3);
const DISLIKED = wane(-3, SEEN.viewed, 0);
const NEUTRAL = click(0.5);

/** The effect of an event; `value` counts for `rate_item` alone (1..5; 4 and 5 are liked, 1 and 2 disliked). */
export function effectOf(kind: number, value: number): EventEffect {
  if (kind !== EVENT_KIND.rate_item) return EFFECTS[kind] ?? none;
  return value >= 4 ? LIKED : value <= 2 ? DISLIKED : NEUTRAL;
}
