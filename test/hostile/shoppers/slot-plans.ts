import type { Slot } from '../../../gateway/protocol/messages.js';
import type { Shop } from './shop.js';

type Random = (limit: number) => number;

/** The slots of the `index`-th shopper's page: one to four, of every kind of rule. */
export function slotsOf(index: number, shop: Shop, random: Random): Slot[] {
  const category = shop.categories[random(shop.categories.length)];
  const some = (count: number): string[] =>
    Array.from({ length: count }, () => shop.ids[random(shop.ids.length)]);
  const home: Slot = { slot: 'home', k: 20 };
  const row: Slot = { slot: 'row', k: 10, filter: { category } };
  const side: Slot = { slot: 'side', k: 5, diversity: 0.5 };
  const basket: Slot = { slot: 'basket', k: 8, excludeSeen: 'purchased' };
  const pages: Slot[][] = [
    [home],
    [{ ...home, excludeSeen: 'viewed' }, row],
    [{ ...home, k: 12, explain: true, exclude: some(5) }, side],
    [home, row, { ...side, exclude: some(2) }, basket],
  ];
  return pages[index % pages.length];
}
