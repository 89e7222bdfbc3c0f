import { describe, expect, it } from 'vitest';
import { firstProblem, itemPatchSchema, itemSchema, patchItem } from '../../../../model/catalogue/item.js';
import {
  VECTOR_LIMITS,
  vectorNumbers,
  vectorsOf,
  withoutVectors,
} from '../../../../model/vectors/given-vectors.js';

const named = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`v${i}`, [i]] as const));

describe('named vectors', () => {
  it('are as many as the limit, and no more', () => {
    expect(itemSchema.safeParse({ id: 'a', vectors: named(VECTOR_LIMITS.names) }).success).toBe(true);
    const { error } = itemSchema.safeParse({ id: 'a', vectors: named(VECTOR_LIMITS.names + 1) });
    expect(error && firstProblem(error)).toBe('vectors: an item has at most 8 named vectors, not 9');
  });

  it('say what a name is where one is none', () => {
    const { error } = itemSchema.safeParse({ id: 'a', vectors: { 'my image': [1] } });
    expect(error && firstProblem(error)).toContain('vectors.my image: a vector is named by a letter');
  });

  it('say what is expected where there is no map', () => {
    for (const vectors of [[1, 2], 'image', null]) {
      const { error } = itemSchema.safeParse({ id: 'a', vectors });
      expect(error && firstProblem(error)).toBe(
        'vectors: expected lists of numbers by name, such as {"image": [0.1, -2]}',
      );
    }
  });

  it('are changed name by name, and go with null', () => {
    const item = { id: 'a', vectors: { image: [1, 2], text: [3] } };
    const patched = (patch: object) => patchItem(item, itemPatchSchema.parse(patch)).vectors;
    expect(patched({ vectors: { image: [5, 6] } })).toEqual({ image: [5, 6], text: [3] });
    expect(patched({ vectors: { image: null, sound: [7] } })).toEqual({ text: [3], sound: [7] });
    expect(patched({ vectors: null })).toBeUndefined();
    expect(patched({ price: 3 })).toBe(item.vectors);
    expect(item.vectors).toEqual({ image: [1, 2], text: [3] });
  });

  it('come with the one that has no name', () => {
    const item = { id: 'a', title: 'Mug', vector: [1, 2, 3], vectors: { image: [4, 5] } };
    expect([...vectorsOf(item)]).toEqual([
      ['vector', [1, 2, 3]],
      ['image', [4, 5]],
    ]);
    expect(vectorNumbers(item)).toBe(5);
    expect(withoutVectors(item)).toEqual({ id: 'a', title: 'Mug' });
  });
});
