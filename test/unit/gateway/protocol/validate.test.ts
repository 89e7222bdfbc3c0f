import { describe, expect, test } from 'vitest';
import { STRING_LIMITS, WIRE_LIMITS } from '../../../../gateway/protocol/limits.js';
import { EVENT_NAMES } from '../../../../gateway/protocol/messages.js';
import { NAME_PROBLEM } from '../../../../gateway/protocol/text.js';
import { validate } from '../../../../gateway/protocol/validate.js';

const event = { t: 'event', seq: 1, e: 'view_item', item: 'a' };
const codeOf = (raw: object): string => {
  const checked = validate(raw as Record<string, unknown>);
  return checked.ok ? 'ok' : checked.code;
};

describe('[C2] event', () => {
  const wrong: [string, object][] = [
    ['no seq', { seq: undefined }],
    ['seq 0', { seq: 0 }],
    ['a negative seq', { seq: -1 }],
    ['a broken seq', { seq: 1.5 }],
    ['seq NaN', { seq: NaN }],
    ['a seq that is no exact number', { seq: 2 ** 53 }],
    ['a seq in text', { seq: '1' }],
    ['no name', { e: undefined }],
    ['an unknown name', { e: 'look' }],
    ['a name every object has', { e: 'constructor' }],
    ['an item that is a list', { item: ['a'] }],
    ['an empty item', { item: '' }],
    ['an item that is too long', { item: 'x'.repeat(STRING_LIMITS.id + 1) }],
    ['no item', { item: undefined }],
    ['only a list where one item is meant', { item: undefined, items: ['a'] }],
    ['ts NaN', { ts: NaN }],
    ['ts Infinity', { ts: Infinity }],
    ['ts in text', { ts: '2026-01-01' }],
    ['value NaN', { value: NaN }],
    ['a negative quantity', { quantity: -1 }],
    ['a query that is too long', { query: 'x'.repeat(STRING_LIMITS.query + 1) }],
    ['a slot that is a number', { slot: 1 }],
    ['a list that is a text', { list: 'home' }],
    ['a rating without value', { e: 'rate_item' }],
    ['a rating of 6', { e: 'rate_item', value: 6 }],
    ['a review that says nothing', { e: 'review' }],
    ['a review of 6', { e: 'review', value: 6, text: 'fine' }],
    ['a review of nothing', { e: 'review', item: undefined, value: 4 }],
    ['a text that is too long', { e: 'review', text: 'x'.repeat(STRING_LIMITS.review + 1) }],
    ['a text that is a number', { text: 5 }],
    ['a search without query', { e: 'search', item: undefined }],
    ['a purchase of nothing', { e: 'purchase', item: undefined, items: [] }],
    ['a purchase of lists', { e: 'purchase', items: [[1]] }],
  ];
  test.each(wrong)('%s is an error', (_name, change) => {
    expect(codeOf({ ...event, ...change })).toBe('invalid_field');
  });

  const right: [string, object][] = [
    ['with everything', { ts: 1, value: 1.5, quantity: 2, query: '', slot: 'home', list: 3 }],
    [
      'with null for what is absent',
      { items: null, ts: null, value: null, quantity: null, query: null, slot: null, list: null },
    ],
    ['with a field nobody knows', { colour: { deep: [1] } }],
    ['a review in words', { e: 'review', text: 'x'.repeat(STRING_LIMITS.review) }],
    ['a review in stars', { e: 'review', value: 1, text: null }],
    ['a search', { e: 'search', item: undefined, query: 'lamp' }],
    ['a purchase of several', { e: 'purchase', item: undefined, items: ['a', 'b'] }],
    ['the largest seq', { seq: Number.MAX_SAFE_INTEGER }],
  ];
  test.each(right)('%s is taken', (_name, change) => {
    expect(codeOf({ ...event, ...change })).toBe('ok');
  });

  test.each(EVENT_NAMES)('%s is an event', (e) => {
    expect(codeOf({ ...event, e, value: 3, query: 'lamp' })).toBe('ok');
  });

  test('more items than announced are too many', () => {
    expect(codeOf({ ...event, e: 'purchase', items: Array(WIRE_LIMITS.itemsPerEvent + 1).fill('a') })).toBe(
      'too_many',
    );
  });
});

describe('[C2] other messages', () => {
  test.each([{}, { t: 1 }, { t: 'welcome' }, { t: '__proto__' }, { t: 'toString' }])(
    '%j is unknown',
    (raw) => {
      expect(codeOf(raw)).toBe('unknown_message');
    },
  );

  const invalid: object[] = [
    { t: 'hello', user: '' },
    { t: 'hello', slots: {} },
    { t: 'hello', slots: [{}] },
    { t: 'hello', slots: [{ slot: 'a', k: 0 }] },
    { t: 'hello', slots: [{ slot: 'a', k: WIRE_LIMITS.k + 1 }] },
    { t: 'hello', slots: [{ slot: 'a', diversity: NaN }] },
    { t: 'hello', slots: [{ slot: 'a', excludeSeen: 'some' }] },
    { t: 'hello', slots: [{ slot: 'a', filter: [] }] },
    { t: 'hello', resume: { session: 's' } },
    { t: 'recommend', slot: 'a' },
    { t: 'rank', id: 1 },
    { t: 'rank', id: 1, candidates: ['a'], tmaxMs: 0 },
    { t: 'rank', id: 1, candidates: ['a'], tmaxMs: Infinity },
    { t: 'rank', id: 1, candidates: [true] },
    { t: 'subscribe', slots: 'home' },
    { t: 'unsubscribe', slots: [1] },
    { t: 'identify', id: 1 },
    { t: 'ping', id: {} },
  ];
  test.each(invalid)('%j is invalid', (raw) => {
    expect(codeOf(raw)).toBe('invalid_field');
  });

  const many: [string, object][] = [
    ['candidates', { t: 'rank', id: 1, candidates: Array(WIRE_LIMITS.candidates + 1).fill('a') }],
    ['excludes', { t: 'recommend', id: 1, exclude: Array(WIRE_LIMITS.excludes + 1).fill('a') }],
    [
      'slots',
      { t: 'subscribe', slots: Array.from({ length: WIRE_LIMITS.slots + 1 }, () => ({ slot: 'a' })) },
    ],
  ];
  test.each(many)('more %s than announced are too many', (_name, raw) => {
    expect(codeOf(raw)).toBe('too_many');
  });

  test('unknown fields are dropped, null ones absent', () => {
    expect(validate({ t: 'ping', id: null, colour: 1 })).toEqual({ ok: true, message: { t: 'ping' } });
  });
});

describe('[C2] a refusal names what is wrong', () => {
  const messageOf = (raw: object): string => {
    const checked = validate(raw as Record<string, unknown>);
    return checked.ok ? '' : checked.message;
  };

  test.each([
    [{ t: 'clicked' }, /^t "clicked" is not a message of the contract; the messages are event, hello, /],
    [{ t: 5 }, /^t of type number is not a message of the contract; /],
    [
      { ...event, e: 'view_items' },
      /^e "view_items" is not an event name of the contract; the names are view_item_list, select_item, /,
    ],
    [{ ...event, e: undefined }, /^e is missing; the names are view_item_list, /],
    [{ t: 'recommend', k: 5 }, /^id: missing; the answer repeats it$/],
    [{ t: 'rank', id: true, candidates: [] }, /^id: expected a number, or text of at most 128 characters$/],
    [{ k: 5 }, /^t is missing; the messages are event, hello, recommend, /],
    [{ t: 'identify', id: 1 }, /^user is missing$/],
    [{ t: 'rank', id: 1 }, /^candidates is missing$/],
  ])('%j', (raw, message) => expect(messageOf(raw)).toMatch(message));

  test('cuts off a name of any length', () => {
    expect(messageOf({ t: 'x'.repeat(100_000) }).length).toBeLessThan(250);
  });
});

describe('[C2] names are free of control characters', () => {
  const unfit = [
    '\u0001bob',
    'bob\n',
    'b\u007fob',
    'b\u0085ob',
    '\ufffe',
    'x\uffff',
    '\ufdd0',
    '\u{1fffe}',
    '\ud800bob',
  ];
  const named: [string, (name: string) => object][] = [
    ['user', (user) => ({ t: 'hello', user })],
    ['session', (session) => ({ t: 'hello', session })],
    ['resume.session', (session) => ({ t: 'hello', resume: { session, seq: 0 } })],
    ['device', (device) => ({ t: 'hello', device })],
    ['slots.0.slot', (slot) => ({ t: 'hello', slots: [{ slot }] })],
    ['slots.0.slot', (slot) => ({ t: 'subscribe', slots: [{ slot }] })],
    ['slot', (slot) => ({ t: 'recommend', id: 1, slot })],
    ['slot', (slot) => ({ t: 'rank', id: 1, slot, candidates: ['a'] })],
    ['user', (user) => ({ t: 'identify', id: 1, user })],
  ];
  test.each(named)('%s', (field, messageWith) => {
    for (const name of unfit) {
      const checked = validate(messageWith(name) as Record<string, unknown>);
      expect(checked).toMatchObject({ ok: false, code: 'invalid_field' });
      expect((checked as { message: string }).message).toMatch(`${field}: ${NAME_PROBLEM}`);
    }
    expect(codeOf(messageWith('bob 😀 \u00a0é\ufffd'))).toBe('ok');
  });
});

describe('[C2] lengths', () => {
  const half = STRING_LIMITS.id / 2;
  test('are counted in UTF-16 units everywhere', () => {
    const texts = ['😀'.repeat(half), `${'😀'.repeat(half)}x`];
    const messages = (id: string): object[] => [
      { ...event, item: id },
      { t: 'hello', user: id },
      { t: 'hello', resume: { session: id, seq: 0 } },
      { t: 'hello', device: id },
      { t: 'rank', id, candidates: ['a'] },
      { t: 'rank', id: 1, candidates: [id] },
      { t: 'rank', id: 1, candidates: ['a'], exclude: [id] },
      { t: 'identify', id: 1, user: id },
    ];
    expect(texts.map((id) => [...new Set(messages(id).map(codeOf))])).toEqual([['ok'], ['invalid_field']]);
  });

  test('a call id is a number that comes back as it was', () => {
    const ids = [2 ** 53 - 1, -(2 ** 53 - 1), 0.5, 2 ** 53, 1.3e18, -(2 ** 60)];
    const codes = ids.map((id) => codeOf({ t: 'ping', id }));
    expect(codes).toEqual(['ok', 'ok', 'ok', 'invalid_field', 'invalid_field', 'invalid_field']);
  });
});
