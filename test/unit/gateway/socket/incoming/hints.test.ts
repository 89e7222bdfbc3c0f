import { expect, test } from 'vitest';
import { hintOf } from '../../../../../gateway/socket/incoming/hints.js';

test.each([
  ['recommend', { t: 'recommend', id: 1, filters: {} }, '"filters", which is ignored; did you mean filter?'],
  ['rank', { t: 'rank', id: 1, candidate: [] }, 'did you mean candidates?'],
  ['rank', { t: 'rank', id: 1, tmax_ms: 5 }, 'did you mean tmaxMs?'],
  ['hello', { t: 'hello', User: 'ada' }, 'did you mean user?'],
  [
    'hello',
    { t: 'hello', slots: [{ slot: 'a', exclude_seen: 'viewed' }] },
    'slot has no field "exclude_seen"',
  ],
  ['subscribe', { t: 'subscribe', slot: [] }, 'did you mean slots?'],
])('%s with a misspelt field is told which', (kind, raw, says) => {
  expect(hintOf(kind, raw)).toContain(says);
});

test.each([
  ['hello', { t: 'hello', user: 'ada', slots: [{ slot: 'a', k: 3 }] }],
  ['hello', { t: 'hello', page: '/cart', 'x-own-field-of-the-shop-itself': 1 }],
  ['ping', { t: 'ping', filters: 1 }],
])('%s with its own fields, or those of a shop, is told nothing', (kind, raw) => {
  expect(hintOf(kind, raw)).toBeUndefined();
});
