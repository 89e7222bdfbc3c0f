import { describe, expect, it } from 'vitest';
import { validate } from '../../../../gateway/protocol/validate.js';

const EVENT = { t: 'event', seq: 1 };

describe('an event of a careless producer', () => {
  it.each([
    ['an item that is a number', { e: 'view_item', item: 4711 }, { item: '4711' }],
    ['numbers among items', { e: 'purchase', items: [1, 'b'] }, { items: ['1', 'b'] }],
    ['texts of digits', { e: 'rate_item', item: 'a', value: '4', quantity: '2' }, { value: 4, quantity: 2 }],
    ['an item as GA4 has it', { e: 'view_item', item: { item_id: 7, price: 3 } }, { item: '7' }],
    [
      'items as GA4 has them',
      {
        e: 'purchase',
        items: [
          { item_id: 'a', price: '1.5', quantity: 2 },
          { item_id: 'b', price: 4 },
        ],
      },
      { items: ['a', 'b'], value: 7 },
    ],
    [
      'one item as GA4 has it',
      { e: 'purchase', item: { item_id: 'a', price: 9, quantity: '3' } },
      { item: 'a', value: 27, quantity: 3 },
    ],
    [
      'a sum of its own',
      { e: 'purchase', value: 5, items: [{ item_id: 'a', price: 9, quantity: 3 }] },
      { items: ['a'], value: 5, quantity: 3 },
    ],
  ])('with %s is taken', (_, given, meant) => {
    expect(validate({ ...EVENT, ...given })).toMatchObject({ ok: true, message: meant });
  });

  it.each([
    ['a text that is no number', { e: 'rate_item', item: 'a', value: '4 stars' }],
    ['an item without an id', { e: 'purchase', items: [{ price: 3 }] }],
    ['a number that is none', { e: 'view_item', item: NaN }],
  ])('with %s is refused as before', (_, given) => {
    expect(validate({ ...EVENT, ...given })).toMatchObject({ ok: false, code: 'invalid_field' });
  });

  it('whose item has a price and who says no stars is no review of so many stars', () => {
    const checked = validate({ ...EVENT, e: 'review', text: 'Nice', item: { item_id: 'a', price: 3 } });
    expect(checked).toMatchObject({ ok: true, message: { item: 'a', text: 'Nice' } });
    expect(checked.ok && checked.message).not.toHaveProperty('value');
  });

  it('that fits is passed on as it is, the same object', () => {
    const raw = { ...EVENT, e: 'view_item', item: 'a' };
    const checked = validate(raw);
    expect(checked.ok && checked.message).toBe(raw);
  });
});

it('ids of calls and users may be numbers', () => {
  expect(validate({ t: 'hello', user: 17, slots: [{ slot: 'a', exclude: [1, 'b'] }] })).toMatchObject({
    ok: true,
    message: { user: '17', slots: [{ exclude: ['1', 'b'] }] },
  });
  expect(validate({ t: 'rank', id: 1, candidates: [5, 6] })).toMatchObject({
    message: { candidates: ['5', '6'] },
  });
});
