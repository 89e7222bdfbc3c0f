/**
 * Event kinds inside the product: small integers, 1-based, in the order of the contract's event names (a repository test
 * compares the two lists; the wire folder may not be imported from here). 0 is "unknown".
 */
export const EVENT_KIND = {
  unknown: 0,
  view_item_list: 1,
  select_item: 2,
  view_item: 3,
  add_to_wishlist: 4,
  add_to_cart: 5,
  remove_from_cart: 6,
  begin_checkout: 7,
  purchase: 8,
  refund: 9,
  search: 10,
  view_promotion: 11,
  select_promotion: 12,
  rate_item: 13,
  dismiss_item: 14,
  review: 15,
} as const;
export type EventKind = (typeof EVENT_KIND)[keyof typeof EVENT_KIND];

/** Kinds by name, 0 for a name that is none. */
export function eventKind(name: string): EventKind {
  return Object.hasOwn(EVENT_KIND, name) ? EVENT_KIND[name as keyof typeof EVENT_KIND] : 0;
}

/**
 * Kinds that are clicks, and their weights: the usual order of intent (a view 1, a cart 3, a purchase 5), not fitted: the
 * model sees the kind itself. A rating or a review is one or not by its value.
 */
export const CLICK_WEIGHTS: ReadonlyMap<number, number> = new Map([
  [EVENT_KIND.select_item, 0.5],
  [EVENT_KIND.view_item, 1],
  [EVENT_KIND.add_to_wishlist, 2],
  [EVENT_KIND.add_to_cart, 3],
  [EVENT_KIND.begin_checkout, 2],
  [EVENT_KIND.purchase, 5],
  [EVENT_KIND.select_promotion, 0.5],
]);

/** What a model, which knows the kinds up to `dismiss_item`, takes a kind to be. */
export function modelKind(kind: number): number {
  return kind === EVENT_KIND.review ? EVENT_KIND.rate_item : kind;
}

/** True for kinds that are clicks whatever an event says beside its kind. */
export function isClickKind(kind: number): boolean {
  return CLICK_WEIGHTS.has(kind);
}

/** True for kinds that are no click whatever an event says beside its kind: impressions, searches, and what takes a click back. */
export function isNeverClick(kind: number): boolean {
  const byValue = kind === EVENT_KIND.rate_item || kind === EVENT_KIND.review;
  return kind !== EVENT_KIND.unknown && !byValue && !CLICK_WEIGHTS.has(kind);
}
