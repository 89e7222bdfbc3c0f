import { describe, expect, it } from 'vitest';
import {
  firstProblem,
  ITEM_LIMITS,
  itemPatchSchema,
  itemSchema,
  patchItem,
} from '../../../../model/catalogue/item.js';
import { VECTOR_LIMITS } from '../../../../model/vectors/given-vectors.js';
import { LINE_ERRORS_MAX, parseItemsNdjson } from '../../../../model/bundle/items-ndjson.js';

function problemOf(raw: unknown): string | undefined {
  const result = itemSchema.safeParse(raw);
  return result.success ? undefined : firstProblem(result.error);
}

const text = (length: number): string => 'x'.repeat(length);

describe('itemSchema', () => {
  it('takes an item with everything and drops unknown fields', () => {
    const item = {
      id: 'a',
      title: 'Mug',
      price: 4.5,
      category: 'kitchen',
      brand: 'acme',
      stock: 0,
      attributes: { colour: 'red', sizes: ['s', 'm'], weight: 0.2, fragile: true },
      imageUrl: '/a.png',
      url: '/a',
      createdMs: 1,
      vector: [0.1, -2],
      vectors: { image: [1, 0.5], 'text-2': [3] },
    };
    expect(itemSchema.parse({ ...item, unknown: 1 })).toEqual(item);
  });

  it('takes an item that is only an id', () => {
    expect(itemSchema.parse({ id: 'a' })).toEqual({ id: 'a' });
  });

  it.each([
    ['id', { id: '' }],
    ['id', { id: text(ITEM_LIMITS.id + 1) }],
    ['id', { id: 7 }],
    ['title', { id: 'a', title: text(ITEM_LIMITS.title + 1) }],
    ['category', { id: 'a', category: text(ITEM_LIMITS.name + 1) }],
    ['url', { id: 'a', url: text(ITEM_LIMITS.url + 1) }],
    ['price', { id: 'a', price: -1 }],
    ['price', { id: 'a', price: Number.NaN }],
    ['price', { id: 'a', price: Number.POSITIVE_INFINITY }],
    ['stock', { id: 'a', stock: '3' }],
    ['vector', { id: 'a', vector: Array(VECTOR_LIMITS.numbers + 1).fill(0) }],
    ['vector.1', { id: 'a', vector: [0, Number.NaN] }],
    ['vectors', { id: 'a', vectors: [] }],
    ['vectors.image', { id: 'a', vectors: { image: [] } }],
    ['vectors.image', { id: 'a', vectors: { image: Array(VECTOR_LIMITS.numbers + 1).fill(0) } }],
    ['vectors.image.1', { id: 'a', vectors: { image: [0, '1'] } }],
    ['vectors.1st', { id: 'a', vectors: { '1st': [0] } }],
    ['vectors.vector', { id: 'a', vectors: { vector: [0] } }],
    ['vectors.constructor', { id: 'a', vectors: { constructor: [0] } }],
    ['vectors', { id: 'a', vectors: { a: Array(4_096).fill(0), b: Array(4_096).fill(0), c: [0] } }],
    ['attributes', { id: 'a', attributes: [] }],
    ['attributes.nested', { id: 'a', attributes: { nested: {} } }],
    ['attributes.list', { id: 'a', attributes: { list: Array(ITEM_LIMITS.listMembers + 1).fill('m') } }],
    ['attributes.list', { id: 'a', attributes: { list: [1] } }],
    ['attributes.text', { id: 'a', attributes: { text: text(ITEM_LIMITS.attributeText + 1) } }],
    ['attributes.price', { id: 'a', attributes: { price: 3 } }],
    ['attributes.any', { id: 'a', attributes: { any: 3 } }],
    [`attributes.${text(65)}`, { id: 'a', attributes: { [text(ITEM_LIMITS.attributeName + 1)]: 3 } }],
  ])('refuses a bad %s and names it', (path, raw) => {
    expect(problemOf(raw)).toMatch(new RegExp(`^${path.replace('.', '\\.')}: `));
  });

  it('counts UTF-16 units, and takes no id that an address cannot name', () => {
    expect(problemOf({ id: '😀'.repeat(ITEM_LIMITS.id / 2) })).toBeUndefined();
    expect(problemOf({ id: '😀'.repeat(ITEM_LIMITS.id / 2 + 1) })).toContain('UTF-16');
    expect(['.', '..'].map((id) => problemOf({ id }))).toEqual(Array(2).fill(expect.stringContaining('URL')));
    expect(problemOf({ id: '...' })).toBeUndefined();
  });

  it('refuses more attributes than the limit and takes as many as it', () => {
    const attributes = Object.fromEntries(
      Array.from({ length: ITEM_LIMITS.attributes }, (_, i) => [`a${i}`, i]),
    );
    expect(problemOf({ id: 'a', attributes })).toBeUndefined();
    expect(problemOf({ id: 'a', attributes: { ...attributes, more: 1 } })).toContain('at most 32');
  });

  it.each(['__proto__', 'constructor', 'prototype'])('refuses an attribute named %s', (name) => {
    expect(problemOf(JSON.parse(`{"id":"a","attributes":{"${name}":"x"}}`))).toContain('reserved');
  });

  it('drops a __proto__ key of the item itself and pollutes nothing', () => {
    const item = itemSchema.parse(JSON.parse('{"id":"a","__proto__":{"price":1}}'));
    expect(item.price).toBeUndefined();
    expect(({} as { price?: number }).price).toBeUndefined();
  });
});

describe('patchItem', () => {
  it('replaces what is named, removes what is null and merges attributes', () => {
    const item = { id: 'a', title: 'Mug', price: 3, attributes: { colour: 'red', size: 4 } };
    const patch = itemPatchSchema.parse({
      price: 2,
      title: null,
      attributes: { colour: null, shape: 'round' },
    });
    expect(patchItem(item, patch)).toEqual({ id: 'a', price: 2, attributes: { size: 4, shape: 'round' } });
    expect(item.attributes).toEqual({ colour: 'red', size: 4 });
  });

  it('cannot change the id', () => {
    expect(patchItem({ id: 'a' }, itemPatchSchema.parse({ id: 'b' }))).toEqual({ id: 'a' });
  });

  it('takes all attributes out with null', () => {
    expect(
      patchItem({ id: 'a', attributes: { size: 1 } }, itemPatchSchema.parse({ attributes: null })),
    ).toEqual({ id: 'a' });
  });
});

describe('parseItemsNdjson', () => {
  it('takes the good lines and names the others by number', () => {
    const parsed = parseItemsNdjson('\uFEFF{"id":"a"}\r\n\nnot json\n{"id":"b","price":-1}\n{"id":"c"}');
    expect(parsed.items).toEqual([{ id: 'a' }, { id: 'c' }]);
    expect(parsed.lines).toEqual([1, 5]);
    expect(parsed.errors.map(({ line }) => line)).toEqual([3, 4]);
    expect(parsed.errors[0].message).toMatch(/^not JSON: /);
    expect(parsed.errors[1].message).toMatch(/^price: /);
    expect(parsed.refusedCount).toBe(2);
  });

  it('reads nothing from nothing', () => {
    expect(parseItemsNdjson('')).toEqual({ items: [], lines: [], errors: [], refusedCount: 0 });
  });

  it('keeps so many errors and counts the rest', () => {
    const parsed = parseItemsNdjson('[]\n'.repeat(LINE_ERRORS_MAX + 5));
    expect(parsed.errors).toHaveLength(LINE_ERRORS_MAX);
    expect(parsed.refusedCount).toBe(LINE_ERRORS_MAX + 5);
  });
});
