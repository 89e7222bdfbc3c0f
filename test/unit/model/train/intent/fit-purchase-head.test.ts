import { expect, test } from 'vitest';
import { PurchaseHead } from '../../../../../model/intent/purchase-head.js';
import { EVENT_KIND } from '../../../../../model/scorer/event-kinds.js';
import { DatasetBuilder } from '../../../../../model/train/data/dataset-builder.js';
import { sessionCount, type Dataset } from '../../../../../model/train/data/dataset.js';
import { CategoryOdds } from '../../../../../model/train/intent/category-odds.js';
import { fitPurchaseHead, openClicks } from '../../../../../model/train/intent/fit-purchase-head.js';

const { add_to_cart: CART, purchase: PURCHASE, view_item: VIEW } = EVENT_KIND;
const ITEMS = [{ category: 'phones' }, { category: 'cables' }, {}];

/** Sessions of clicks, each an item's row and a kind. */
function shopOf(sessions: readonly (readonly (readonly [item: number, kind: number])[])[]): Dataset {
  const builder = new DatasetBuilder(['phone', 'cable', 'thing']);
  let timeMs = 0;
  sessions.forEach((clicks, session) => {
    for (const [item, kind] of clicks)
      builder.click(`s${session}`, 'u', ['phone', 'cable', 'thing'][item], { kind, timeMs: timeMs++ });
  });
  return builder.build('shop', 'hash');
}

const all = (dataset: Dataset) => ({ from: 0, to: sessionCount(dataset) });
const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);
const BUYS = [
  [0, VIEW],
  [0, CART],
  [0, PURCHASE],
] as const;
const LOOKS = [
  [1, VIEW],
  [2, VIEW],
] as const;

test('clicks count until the first purchase, with what their session will do', () => {
  const dataset = shopOf([[...BUYS, [1, VIEW]], LOOKS]);
  const told = [...openClicks(dataset, all(dataset))].map(({ session, items, buys }) => [
    session,
    [...items],
    buys,
  ]);
  expect(told).toEqual([
    [0, [0], true],
    [0, [0, 0], true],
    [1, [1], false],
    [1, [1, 2], false],
  ]);
});

test('a head learns from both who buy and who look, and says which is which', () => {
  const dataset = shopOf([...times(60, BUYS), ...times(60, LOOKS), ...times(20, [[0, VIEW]] as const)]);
  const head = new PurchaseHead(fitPurchaseHead(dataset, all(dataset), ITEMS)!);
  const cart = head.probability({ items: [0, 0], kinds: [VIEW, CART] }, 'phones')!;
  const look = head.probability({ items: [1], kinds: [VIEW] }, 'cables')!;
  const seen = head.probability({ items: [0], kinds: [VIEW] }, 'phones')!;
  expect(cart).toBeGreaterThan(0.9);
  expect(look).toBeLessThan(0.1);
  expect(seen).toBeGreaterThan(look);
  expect(seen).toBeLessThan(cart);
});

test('where nobody looks without buying, or hardly anybody buys, there is no head', () => {
  const orders = shopOf(times(200, [[0, PURCHASE]] as const));
  expect(fitPurchaseHead(orders, all(orders), ITEMS)).toBeUndefined();
  const few = shopOf([...times(49, BUYS), ...times(200, LOOKS)]);
  expect(fitPurchaseHead(few, all(few), ITEMS)).toBeUndefined();
});

test('a session does not count towards the odds of a category that it is judged by', () => {
  const looks = times(100, [[0, VIEW]] as const);
  const only = shopOf([BUYS, ...looks]);
  const none = shopOf([[[1, PURCHASE]], ...looks]);
  const categoryOf = (item: number): string | undefined => ITEMS[item].category;
  const odds = new CategoryOdds(only, all(only), categoryOf);
  expect(odds.without(0, 0)).toBeCloseTo(new CategoryOdds(none, all(none), categoryOf).without(1, 0), 1);
  expect(odds.without(1, 0)).toBeGreaterThan(odds.without(0, 0));
  expect(odds.without(1, 2)).toBe(odds.other);
  expect(odds.categories(1)).toHaveLength(1);
});
