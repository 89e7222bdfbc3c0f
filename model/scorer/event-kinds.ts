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
} as const;
export type EventKind = (typeof EVENT_KIND)[keyof typeof EVENT_KIND];

/** Kinds by name, 0 for a name that is none. */
export function eventKind(name: string): EventKind {
  return Object.hasOwn(EVENT_KIND, name) ? EVENT_KIND[name as keyof typeof EVENT_KIND] : 0;
}
