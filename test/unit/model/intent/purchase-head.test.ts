import { expect, test } from 'vitest';
import {
  PURCHASE_CLICKS_MAX,
  PURCHASE_FEATURES,
  purchaseFeatures,
} from '../../../../model/intent/purchase-features.js';
import { PurchaseHead, purchaseHeadProblem } from '../../../../model/intent/purchase-head.js';
import { EVENT_KIND } from '../../../../model/scorer/event-kinds.js';

const { add_to_cart: CART, purchase: PURCHASE, view_item: VIEW } = EVENT_KIND;

function features(items: readonly number[], kinds: readonly number[]): Record<string, number> {
  const values = purchaseFeatures({ items, kinds }, -2);
  return Object.fromEntries(PURCHASE_FEATURES.map((name, i) => [name, values[i]]));
}

test('a session is its clicks, items, repeats and what is in the cart', () => {
  expect(features([7], [VIEW])).toEqual({
    clicks: Math.log(2),
    items: Math.log(2),
    repeats: 0,
    hasCart: 0,
    lastIsCart: 0,
    sameAsBefore: 0,
    repeatsOfLast: 0,
    category: -2,
  });
  expect(features([7, 8, 7, 7], [VIEW, CART, VIEW, VIEW])).toMatchObject({
    clicks: Math.log(5),
    items: Math.log(3),
    repeats: Math.log(3),
    hasCart: 1,
    lastIsCart: 0,
    sameAsBefore: 1,
    repeatsOfLast: Math.log(3),
  });
});

test('what lies further back than a gateway keeps does not count', () => {
  const items = Array.from({ length: PURCHASE_CLICKS_MAX + 5 }, (_, i) => i);
  const kinds = items.map((i) => (i === 4 ? CART : VIEW));
  expect(features(items, kinds)).toEqual(features(items.slice(5), kinds.slice(5)));
  expect(features(items, kinds)['hasCart']).toBe(0);
});

test('a probability is that of the score; an unknown category has that of the rest; who bought, buys', () => {
  const weights = PURCHASE_FEATURES.map((name) => ({ category: 1, hasCart: 2 })[name as string] ?? 0);
  const head = new PurchaseHead({
    features: [...PURCHASE_FEATURES],
    weights,
    bias: -1,
    categories: [['mugs', 1]],
    other: -1,
  });
  const one = { items: [1], kinds: [VIEW] };
  expect(head.probability(one, 'mugs')).toBeCloseTo(0.5, 12);
  expect(head.probability(one, 'bags')).toBeCloseTo(1 / (1 + Math.exp(2)), 12);
  expect(head.probability(one, undefined)).toBe(head.probability(one, 'bags'));
  expect(head.probability({ items: [1], kinds: [CART] }, 'mugs')).toBeCloseTo(1 / (1 + Math.exp(-2)), 12);
  expect(head.probability({ items: [1, 2], kinds: [PURCHASE, VIEW] }, 'mugs')).toBe(1);
  expect(head.probability({ items: [], kinds: [] }, 'mugs')).toBeUndefined();
});

test('a head of other features, or of too few weights, is refused', () => {
  const head = {
    features: [...PURCHASE_FEATURES],
    weights: PURCHASE_FEATURES.map(() => 0),
    bias: 0,
    categories: [],
    other: 0,
  };
  expect(purchaseHeadProblem(head)).toBeUndefined();
  expect(purchaseHeadProblem({ ...head, features: ['clicks'] })).toContain(
    'expected the features clicks, items',
  );
  expect(purchaseHeadProblem({ ...head, weights: [1] })).toBe('expected 8 weights, found 1');
});
