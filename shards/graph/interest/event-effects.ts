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
  /** Added to the weight of the item's node. Negative: the interest wanes. */
  readonly weight: number;
  /** What its category gets of the weight, and its brand. */
  readonly categoryShare: number;
  readonly brandShare: number;
  /** What is left of the weights of the edges at the item's node, 0 to 1. */
  readonly edgesLeft: number;
  /** True when the event is a click: the node gets a new state, and the interaction graph learns the transition. */
  readonly isClick: boolean;
  /** Bits of `SEEN` to set, and to clear. */
  readonly marks: number;
  readonly clears: number;
}

/** Shares of most events. */
const SHARES = { categoryShare: 0.5, brandShare: 0.3, edgesLeft: 1 } as const;
/** Somebody who speaks ill of one kettle may want another: the category is left alone. */
const BAD_REVIEW_SHARES = { categoryShare: 0, brandShare: 0.2 } as const;
/** A review of −1 takes this much of the weights of edges. */
const EDGES_TAKEN = 0.5;

const none: EventEffect = { weight: 0, ...SHARES, isClick: false, marks: 0, clears: 0 };
const click = (weight: number, marks: number = SEEN.viewed): EventEffect => ({
  weight,
  ...SHARES,
  isClick: true,
  marks,
  clears: SEEN.dismissed,
});
const wane = (weight: number, marks: number, clears: number): EventEffect => ({
  weight,
  ...SHARES,
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

/** Weight of a review that says nothing but good, and of one that says nothing but bad. */
const REVIEW_WEIGHTS = { good: 3, bad: -5 } as const;
/** Steps from −1 to 1 in which reviews are told apart. */
const REVIEW_STEPS = 20;

/** Effects of reviews, from −1 to 1. Below −0.2 it is bad and no click; up to 0.2 it is one of little weight. */
const REVIEWS: readonly EventEffect[] = Array.from({ length: REVIEW_STEPS + 1 }, (_, step) => {
  const said = (2 * step) / REVIEW_STEPS - 1;
  if (said > 0.21) return click(REVIEW_WEIGHTS.good * said);
  if (said > -0.21) return NEUTRAL;
  const edgesLeft = 1 + EDGES_TAKEN * said;
  return { ...wane(-REVIEW_WEIGHTS.bad * said, SEEN.viewed, 0), ...BAD_REVIEW_SHARES, edgesLeft };
});

/**
 * The effect of an event; `value` counts for `rate_item` (1..5; 4 and 5 are liked, 1 and 2 disliked) and for `review` (−1..1) alone.
 */
export function effectOf(kind: number, value: number): EventEffect {
  if (kind === EVENT_KIND.review) return reviewEffect(value);
  if (kind !== EVENT_KIND.rate_item) return EFFECTS[kind] ?? none;
  return value >= 4 ? LIKED : value <= 2 ? DISLIKED : NEUTRAL;
}

/** A value beyond −1 to 1 is the nearest of them: a damaged journal may hold one. */
function reviewEffect(value: number): EventEffect {
  const said = Math.min(1, Math.max(-1, value));
  return REVIEWS[Math.round(((said + 1) * REVIEW_STEPS) / 2)];
}
