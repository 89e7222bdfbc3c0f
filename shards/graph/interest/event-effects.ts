import { CLICK_WEIGHTS, EVENT_KIND } from '../../../model/scorer/event-kinds.js';

/** What the shopper did to an item, as bits of a seen mark. */
export const SEEN = { viewed: 1, purchased: 2, dismissed: 4, carted: 8 } as const;

/** One item of an event, as the graph takes it in. */
export interface Touch {
  /** Index of the item; codes of its category and brand, −1 for none. */
  item: number;
  category: number;
  brand: number;
  /** `EVENT_KIND` and epoch ms of the event. */
  kind: number;
  atMs: number;
}

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

/** Marks that a click leaves beside `viewed`. */
const CLICK_MARKS = new Map<number, number>([
  [EVENT_KIND.add_to_cart, SEEN.carted],
  [EVENT_KIND.purchase, SEEN.purchased],
]);

/** Effects by `EVENT_KIND`. What is neither a click nor takes one back, such as an impression, leaves the graph alone. */
const EFFECTS: readonly EventEffect[] = (() => {
  const effects: EventEffect[] = Array.from({ length: Object.keys(EVENT_KIND).length }, () => none);
  for (const [kind, weight] of CLICK_WEIGHTS)
    effects[kind] = click(weight, SEEN.viewed | (CLICK_MARKS.get(kind) ?? 0));
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
