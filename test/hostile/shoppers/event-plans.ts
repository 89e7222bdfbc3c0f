import type { Event } from '../../../gateway/protocol/messages.js';
import type { Shop } from './shop.js';
import type { ShopperMemory } from './shopper-memory.js';

type Random = (limit: number) => number;

/** An event without its place in a session. */
export type EventPlan = Omit<Event, 't' | 'seq'>;

const NAMES = [
  ...Array.from({ length: 12 }, () => 'view_item' as const),
  'select_item',
  'select_item',
  'add_to_cart',
  'add_to_wishlist',
  'purchase',
  'dismiss_item',
  'search',
] as const;
const QUERIES = [
  'red retrospot',
  'lunch box',
  'heart',
  'mug',
  'christmas',
  'paper chain kit',
  'bag',
  'xyzzy',
];

/** What a shopper does next: mostly something with an item they were shown. */
export function planEvent(random: Random, shop: Shop, shown: readonly string[]): EventPlan {
  const e = NAMES[random(NAMES.length)];
  if (e === 'search') return { e, query: QUERIES[random(QUERIES.length)] };
  const choice = shown.length > 0 && random(3) > 0 ? shown : shop.ids;
  const item = choice[random(choice.length)];
  // What the hostile client has put there may be gone by now.
  return { e, item: shop.categoryOf.has(item) ? item : shop.ids[random(shop.ids.length)] };
}

export function remember(memory: ShopperMemory, seq: number, { e, item }: EventPlan): void {
  if (item === undefined) return;
  if (e === 'dismiss_item') memory.dismissed(seq, item);
  else if (e === 'purchase') memory.purchased(seq, item);
  else memory.clicked(seq, item);
}
