import { EVENT_KIND, eventKind, type EventKind } from '../scorer/event-kinds.js';

/** What shops call their events, beside the names of the protocol. */
const KINDS: Readonly<Record<string, EventKind>> = {
  view: EVENT_KIND.view_item,
  pageview: EVENT_KIND.view_item,
  detail: EVENT_KIND.view_item,
  product_view: EVENT_KIND.view_item,
  view_product: EVENT_KIND.view_item,
  item_view: EVENT_KIND.view_item,
  impression: EVENT_KIND.view_item_list,
  click: EVENT_KIND.select_item,
  clicks: EVENT_KIND.select_item,
  wishlist: EVENT_KIND.add_to_wishlist,
  cart: EVENT_KIND.add_to_cart,
  carts: EVENT_KIND.add_to_cart,
  basket: EVENT_KIND.add_to_cart,
  add: EVENT_KIND.add_to_cart,
  add_to_basket: EVENT_KIND.add_to_cart,
  addtocart: EVENT_KIND.add_to_cart,
  remove: EVENT_KIND.remove_from_cart,
  checkout: EVENT_KIND.begin_checkout,
  order: EVENT_KIND.purchase,
  orders: EVENT_KIND.purchase,
  buy: EVENT_KIND.purchase,
  bought: EVENT_KIND.purchase,
  purchased: EVENT_KIND.purchase,
  sale: EVENT_KIND.purchase,
  transaction: EVENT_KIND.purchase,
  return: EVENT_KIND.refund,
};

/** All names that are known, those of the protocol first. */
export const EVENT_NAMES: readonly string[] = [
  ...Object.keys(EVENT_KIND).filter((name) => name !== 'unknown'),
  ...Object.keys(KINDS),
];

const KIND_NAMES = new Map<number, string>(Object.entries(EVENT_KIND).map(([name, kind]) => [kind, name]));

/** What the protocol calls a kind. */
export function kindName(kind: number): string {
  return KIND_NAMES.get(kind) ?? 'unknown';
}

/** Kind of an event by the name that a shop gives it; 0 for one that is not known. */
export function eventKindNamed(name: string): EventKind {
  const known = eventKind(name);
  if (known !== EVENT_KIND.unknown) return known;
  return Object.hasOwn(KINDS, name) ? KINDS[name] : eventKindOfCase(name);
}

function eventKindOfCase(name: string): EventKind {
  const plain = name.trim().toLowerCase();
  return plain === name ? EVENT_KIND.unknown : eventKindNamed(plain);
}
