import { describe, expect, test } from 'vitest';
import { jsonCodec, msgpackCodec } from '../../../../gateway/protocol/codec.js';
import { readJson } from '../../../../gateway/protocol/json-text.js';
import { ENTRIES_MAX, NAMES_MAX, VALUES_MAX, WIRE_LIMITS } from '../../../../gateway/protocol/limits.js';
import { candidateList, validate } from '../../../../gateway/protocol/validate.js';

/** A message of so many entries: the map, its `t`, a key and a list in it, the rest as lists or keys. */
const withLists = (entries: number) => ({ t: 'ping', own: Array.from({ length: entries - 4 }, () => []) });
const withCandidates = (entries: number) => ({
  t: 'ping',
  own: Array.from({ length: (entries - 4) / 3 }, () => ({ id: 'a', value: 1 })),
  ...((entries - 4) % 3 > 0 && { value: (entries - 4) % 3 > 1 ? [] : 1 }),
});
/** A message of so many keys that are none of a candidate, its `t` among them; ten in a map, but for the last ones. */
const withNames = (names: number) => ({
  t: 'ping',
  own: Array.from({ length: Math.ceil((names - 2) / 10) }, (_, map) =>
    Object.fromEntries(
      Array.from({ length: Math.min(10, names - 2 - 10 * map) }, (_, i) => [`key-${map}-${i}`, 1]),
    ),
  ),
});

describe.each([jsonCodec, msgpackCodec])('$subprotocol', (codec) => {
  test.each([
    ['lists', withLists],
    ['keys of candidates', withCandidates],
  ])('[C2] a message holds so many maps, lists and keys, and not one more: %s', (_, message) => {
    expect(codec.decode(codec.encode(message(ENTRIES_MAX)))).toMatchObject({ ok: true });
    expect(codec.decode(codec.encode(message(ENTRIES_MAX + 1)))).toMatchObject({
      ok: false,
      code: 'malformed',
      problem: expect.stringContaining(`more than ${ENTRIES_MAX}`),
    });
  });

  test('[C2] and so many keys that are none of a candidate: names that nobody knows take long to read', () => {
    expect(codec.decode(codec.encode(withNames(NAMES_MAX)))).toMatchObject({ ok: true });
    expect(codec.decode(codec.encode(withNames(NAMES_MAX + 1)))).toMatchObject({
      ok: false,
      code: 'malformed',
      problem: `more than ${NAMES_MAX} keys that are neither id nor value`,
    });
  });

  test('the largest messages of the contract are within it', () => {
    const texts = (count: number) => Array.from({ length: count }, (_, i) => `item-${i}`);
    const candidates = texts(WIRE_LIMITS.candidates).map((id) => ({ id, value: 1.5 }));
    const slots = texts(WIRE_LIMITS.slots).map((slot) => ({
      slot,
      k: 5,
      exclude: texts(WIRE_LIMITS.excludes),
    }));
    const filter = { any: texts(64).map((brand) => ({ brand })) };
    const ranges = { any: texts(64).map((_, gte) => ({ price: { gte } })) };
    const filtered = texts(WIRE_LIMITS.slots).map((slot) => ({ slot, k: 5, explain: true, filter: ranges }));
    for (const message of [
      { t: 'rank', id: 1, candidates, filter },
      { t: 'hello', user: 'ann', slots },
      { t: 'hello', user: 'ann', slots: filtered },
    ]) {
      const decoded = codec.decode(codec.encode(message));
      expect(decoded.ok && validate(decoded.message)).toMatchObject({ ok: true });
    }
  });
});

test('a key of a candidate is seen where it is one, and nowhere else', () => {
  const read = (key: string) =>
    readJson(new TextEncoder().encode(`[${`{${key}:1},`.repeat(NAMES_MAX)}{${key}:1}]`), Infinity).ok;
  expect(['"id"', '"value"', ' "id"'].map(read)).toEqual([true, true, true]);
  expect(['"xid"', '"\\"id"', '"ids"', '"id" ', '"values"'].map(read)).toEqual([
    false,
    false,
    false,
    false,
    false,
  ]);
});

test('JSON has so many values, and not one more', () => {
  const list = (count: number) =>
    new TextEncoder().encode(JSON.stringify(Array.from({ length: count }, () => 0)));
  expect(readJson(list(VALUES_MAX), ENTRIES_MAX)).toMatchObject({ ok: true });
  expect(readJson(list(VALUES_MAX + 1), ENTRIES_MAX)).toMatchObject({ ok: false, code: 'malformed' });
});

test('what stands in a text, an escape or a key is no entry of its own', () => {
  const text = JSON.stringify({ a: '{[":,\\"'.repeat(50), '{b': 1 });
  expect(readJson(new TextEncoder().encode(text), 3)).toMatchObject({ ok: true });
  expect(readJson(new TextEncoder().encode(text), 2)).toMatchObject({ ok: false });
});

test('candidates are read the same by hand as by the schema, which says what does not fit', () => {
  const read = (candidates: unknown) => candidateList(5).safeParse(candidates);
  expect(read(['a', 7, { id: 'b', value: 2 }, { id: 8, value: null }, { id: 'c', own: 1 }]).data).toEqual([
    'a',
    '7',
    { id: 'b', value: 2 },
    { id: '8' },
    { id: 'c' },
  ]);
  for (const wrong of [
    '',
    null,
    [],
    { id: '' },
    { value: 1 },
    { id: 'a', value: -1 },
    { id: 'a', value: '1' },
    true,
  ])
    expect(read(['a', wrong]).error?.issues[0].path[0]).toBe(1);
  for (const wrong of [Infinity, NaN]) expect(read(['a', { id: 'a', value: wrong }]).success).toBe(false);
  for (const many of [
    Array.from({ length: 6 }, () => 'a'),
    Array.from({ length: 6 }, () => ({ id: 'a', value: 1 })),
  ])
    expect(read(many).error?.issues[0]).toMatchObject({ code: 'too_big', origin: 'array' });
});
