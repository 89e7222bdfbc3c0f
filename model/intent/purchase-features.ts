import { EVENT_KIND } from '../scorer/event-kinds.js';

/** Clicks of a session that are looked at, the last ones; a gateway keeps at least as many. */
export const PURCHASE_CLICKS_MAX = 24;

/** The clicks of a running session, oldest first; the last `PURCHASE_CLICKS_MAX` count. */
export interface SessionClicks {
  /** Numbers that tell items apart. */
  readonly items: ArrayLike<number>;
  /** `EVENT_KIND` of each. */
  readonly kinds: ArrayLike<number>;
}

/** What a session is judged by: logarithms of counts, and flags. `category` is the log odds that the last item's category has. */
export const PURCHASE_FEATURES = [
  'clicks',
  'items',
  'repeats',
  'hasCart',
  'lastIsCart',
  'sameAsBefore',
  'repeatsOfLast',
  'category',
] as const;

/** Features of a session with at least one click, in the order of their names. */
export function purchaseFeatures({ items, kinds }: SessionClicks, categoryLogOdds: number): number[] {
  const end = items.length;
  const from = Math.max(0, end - PURCHASE_CLICKS_MAX);
  const times = new Map<number, number>();
  let hasCart = 0;
  for (let i = from; i < end; i++) {
    times.set(items[i], (times.get(items[i]) ?? 0) + 1);
    if (kinds[i] === EVENT_KIND.add_to_cart) hasCart = 1;
  }
  const last = items[end - 1];
  return [
    Math.log1p(end - from),
    Math.log1p(times.size),
    Math.log(Math.max(...times.values())),
    hasCart,
    Number(kinds[end - 1] === EVENT_KIND.add_to_cart),
    Number(end - from > 1 && items[end - 2] === last),
    Math.log(times.get(last) ?? 1),
    categoryLogOdds,
  ];
}

/** True when the session has a purchase among the clicks that are looked at. */
export function hasPurchase({ kinds }: SessionClicks): boolean {
  for (let i = Math.max(0, kinds.length - PURCHASE_CLICKS_MAX); i < kinds.length; i++)
    if (kinds[i] === EVENT_KIND.purchase) return true;
  return false;
}
