import { expect, test } from 'vitest';
import { KIND_LINKS_MAX } from '../../../../model/catalogue/shared-catalogue.js';
import { KindIndex, kindOf, KINDS_MAX } from '../../../../model/encoder/kind-index.js';
import { MeaningIndex } from '../../../../model/encoder/meaning-index.js';

const WIDTH = 4;

/** Items by their number, each of a kind and with a direction. */
function indexOf(items: readonly (readonly [kind: string, vector: readonly number[]])[]) {
  const meaning = new MeaningIndex(WIDTH);
  const kinds = new KindIndex(meaning, WIDTH);
  const put = (item: number, kind: string, vector: readonly number[]) => {
    const length = Math.hypot(...vector);
    meaning.set(
      item,
      Float32Array.from(vector, (value) => value / length),
    );
    kinds.set(item, kind);
  };
  items.forEach(([kind, vector], item) => put(item, kind, vector));
  return { kinds, put };
}

test('an item leads to what says the like of other kinds, the most alike first, and never to its own kind', () => {
  const { kinds } = indexOf([
    ['goods', [1, 0, 0, 0]],
    ['goods', [1, 0.1, 0, 0]],
    ['article', [1, 0.2, 0, 0]],
    ['article', [1, 1, 0, 0]],
    ['article', [0, 0, 1, 0]],
    ['goods', [0, 0, 0, 1]],
  ]);
  const { items, likeness } = kinds.linksOf(0);
  expect([...items]).toEqual([2, 3]);
  expect(likeness[0]).toBeGreaterThan(likeness[1]);
  expect(likeness[0]).toBeLessThanOrEqual(1);
  expect([...kinds.linksOf(2).items.subarray(0, 2)].sort()).toEqual([0, 1]);
});

test('what all items of a kind have in common makes none of them alike', () => {
  const articles = Array.from({ length: 30 }, (_, i) => ['article', [5, i === 7 ? 2 : -1, 0, 1]] as const);
  const others = Array.from({ length: 29 }, () => ['goods', [5, -1, 0, 0]] as const);
  const { kinds } = indexOf([['goods', [5, 1, 0, 0]], ...others, ...articles]);
  const { items, likeness } = kinds.linksOf(0);
  // By the vectors as they are, all articles are as good as the same.
  expect(items[0]).toBe(30 + 7);
  expect(likeness[0]).toBeGreaterThan(2 * (likeness[1] ?? 0));
});

test('the other kinds share the places evenly, and only the largest are led to', () => {
  const items = Array.from({ length: 8 * 40 }, (_, i) => [`kind ${i % 8}`, [1, i / 400, 0, 0]] as const);
  const { kinds } = indexOf([['goods', [1, 0, 0, 0]], ...items]);
  const links = kinds.linksOf(0).items;
  const led = new Map<number, number>();
  for (const item of links) led.set((item - 1) % 8, (led.get((item - 1) % 8) ?? 0) + 1);
  expect(led.size).toBe(KINDS_MAX);
  expect(new Set(led.values())).toEqual(new Set([Math.floor(KIND_LINKS_MAX / KINDS_MAX)]));
});

test('an item that is gone, or has become of another kind, is led to no more', () => {
  const { kinds, put } = indexOf([
    ['goods', [1, 0, 0, 0]],
    ['article', [1, 0.1, 0, 0]],
    ['article', [1, 0.2, 0, 0]],
  ]);
  expect([...kinds.linksOf(0).items]).toEqual([1, 2]);
  kinds.set(1, undefined);
  expect([...kinds.linksOf(0).items]).toEqual([2]);
  put(2, 'goods', [1, 0.2, 0, 0]);
  expect([...kinds.linksOf(0).items]).toEqual([]);
  expect(kinds.isMixed).toBe(false);
  expect([...kinds.linksOf(1).items]).toEqual([]);
});

test('the kind is an attribute; what has none is of a kind of its own', () => {
  expect(kindOf({ attributes: { kind: 'video' } })).toBe('video');
  expect([kindOf({}), kindOf({ attributes: { kind: 3 } })]).toEqual(['', '']);
});
