import { expect, test } from 'vitest';
import { hintOf } from '../../../../gateway/protocol/field-hints.js';

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
  ['consent', { t: 'consent', personalize: false }, 'did you mean personalise?'],
  ['hello', { t: 'hello', consent: { leran: false } }, '"leran", which is ignored; did you mean learn?'],
  ['POST /v1/recommend', { user: 'ada', consent: { personalize: false } }, 'did you mean personalise?'],
  ['rank', { candidates: ['a', { id: 'b', vlaue: 2 }] }, 'candidate has no field "vlaue"'],
  ['event', { id: 'a', user: 'ada', e: 'purchase', qauntity: 2 }, 'did you mean quantity?'],
  ['event', { id: 'a', items: [{ item_id: 'b', qty: 1, pirce: 2 }] }, 'item has no field "pirce"'],
  ['batch', { calls: [], consent: { learns: false } }, 'did you mean learn?'],
  [
    'segment',
    { rule: {}, callback: 'https://shop.test' },
    'segment has no field "callback", which is ignored',
  ],
])('%s with a misspelt field is told which', (kind, raw, says) => {
  expect(hintOf(kind, raw)).toContain(says);
});

test.each([
  ['recommend', { id: 1, user: 'ada' }, '"user", which is ignored; hello or identify says it'],
  ['rank', { id: 1, candidates: [], session: 's' }, '"session", which is ignored; hello says it'],
  [
    'rank',
    { id: 1, candidates: [], consent: {} },
    'hello or the message consent says it, in a batch the body',
  ],
  ['subscribe', { slots: [], consent: { learn: false } }, 'hello or the message consent says it'],
  ['subscribe', { slots: [], k: 5 }, '"k", which is ignored; each of slots has its own'],
  ['hello', { filter: {} }, 'each of slots has its own'],
  ['rank', { id: 1, candidates: [], diversity: 0.5 }, 'recommend has it'],
  ['POST /v1/rank', { user: 'ada', candidates: [], excludeSeen: 'viewed' }, 'recommend has it'],
  ['POST /v1/recommend', { user: 'ada', candidates: [] }, 'rank has it'],
])('%s with a field that stands elsewhere (%j) is told where', (kind, raw, says) => {
  expect(hintOf(kind, raw)).toContain(says);
});

test.each([
  ['POST /v1/recommend', { user: 'ada', session: 's', consent: { learn: false }, t: 'recommend', id: 1 }],
  ['rank', { t: 'rank', id: 1, candidates: [{ id: 'a', value: 1 }], tmaxMs: 5, own: 1 }],
  ['hello', { t: 'hello', user: 'ada', slots: [{ slot: 'a', k: 3 }] }],
  ['hello', { t: 'hello', page: '/cart', 'x-own-field-of-the-shop-itself': 1 }],
  ['ping', { t: 'ping', filters: 1 }],
])('%s with its own fields, or those of a shop, is told nothing', (kind, raw) => {
  expect(hintOf(kind, raw)).toBeUndefined();
});

test('of many unknown fields the first few are looked at: a message full of them costs no more than one of eight', () => {
  const few = Object.fromEntries(Array.from({ length: 7 }, (_, i) => [`own-${i}`, 1]));
  expect(hintOf('recommend', { t: 'recommend', ...few, filters: {} })).toContain('did you mean filter?');
  let looked = 0;
  const names = Array.from({ length: 5_000 }, (_, i) => `own-field-${i}`);
  const many = new Proxy(
    {},
    {
      ownKeys: () => names,
      getOwnPropertyDescriptor: () => (looked++, { enumerable: true, configurable: true }),
    },
  );
  expect(hintOf('recommend', many)).toBeUndefined();
  expect(looked).toBeLessThan(20);
});
