import { describe, expect, test } from 'vitest';
import { dot } from '../../../../model/kernel/dot.js';
import { createSharedVectors, itemVectors } from '../../../../model/kernel/shared-vectors.js';
import { VectorLikeness } from '../../../../model/kernel/vector-likeness.js';
import { Random } from '../../../../model/train/random-numbers.js';

const ITEMS = 30;

describe('likeness of items to a vector', () => {
  test.each([1, 3, 4, 7, 64, 66])('is the dot in float64, to the last bit, at width %i', (width) => {
    const shared = createSharedVectors(ITEMS, width, 0);
    const vectors = itemVectors(shared);
    const random = new Random(width);
    for (let i = 0; i < vectors.length; i++) vectors[i] = random.normal();
    const like = new VectorLikeness(shared, 8);
    for (let d = 0; d < width; d++) like.target[d] = random.normal();
    like.items.set([ITEMS - 1, 0, 7, 7, 12]);
    like.run(5);
    const expected = Array.from(like.items.subarray(0, 5), (item) =>
      dot(like.target, 0, vectors, item * width, width),
    );
    expect([...like.likeness.subarray(0, 5)]).toEqual(expected);
    expect([...like.likeness.subarray(5)]).toEqual([0, 0, 0]);
  });
});
