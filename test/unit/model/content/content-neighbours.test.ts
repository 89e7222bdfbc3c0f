import { expect, test } from 'vitest';
import { ContentNeighbours, type Reference } from '../../../../model/content/content-neighbours.js';
import type { SparseVector } from '../../../../model/content/text-encoder.js';

const words = (...places: number[]): SparseVector => ({
  count: places.length,
  places: Int32Array.from(places),
  values: Float32Array.from(places, () => 1 / Math.sqrt(places.length)),
});
const reference = (row: number, own: SparseVector, meaning?: number[]): Reference => ({
  row,
  trust: 1,
  words: own,
  ...(meaning && { meaning: Float32Array.from(meaning) }),
});
const space = { vectors: Float32Array.of(1, 0, 0, 1, -1, 0), width: 2 };

function placeOf(
  references: readonly Reference[],
  own: SparseVector,
  meaning?: number[],
): number[] | undefined {
  const into = new Float32Array(2);
  const neighbours = new ContentNeighbours(references, space, 8, { dimension: 2, share: 0.5 });
  const item = { words: own, ...(meaning && { meaning: Float32Array.from(meaning) }) };
  return neighbours.place(item, into) ? [...into] : undefined;
}

test('a word that all items have makes none alike; one that few have does', () => {
  const references = [reference(0, words(0, 1)), reference(1, words(0, 2)), reference(2, words(0, 3))];
  const place = placeOf(references, words(0, 2));
  expect(place?.[1]).toBeGreaterThan(0.99);
});

test('meaning finds what shares no word', () => {
  const references = [reference(0, words(1), [1, 0]), reference(1, words(2), [0, 1])];
  expect(placeOf(references, words(5), [0, 1])?.[1]).toBeGreaterThan(0.9);
  expect(placeOf(references, words(), [1, 0])?.[0]).toBeGreaterThan(0.9);
});

test('an item of which nothing is said has no place, nor has one without references', () => {
  expect(placeOf([reference(0, words(1), [1, 0])], words())).toBeUndefined();
  expect(placeOf([], words(1), [1, 0])).toBeUndefined();
});
