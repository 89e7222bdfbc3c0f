import { describe, expect, test } from 'vitest';
import { PackedVectors } from '../../../../../shards/graph/interest/packed-vectors.js';
import { RowBlocks } from '../../../../../shards/graph/row-blocks.js';
import { seededRandom } from '../../../../support/random.js';

const WIDTH = 8;

function packed(): { blocks: RowBlocks; vectors: PackedVectors } {
  const blocks = new RowBlocks(2, [2], 4);
  return { blocks, vectors: new PackedVectors(blocks, WIDTH) };
}

/** Numbers between 0 and 1. */
function unitRandom(seed: number): () => number {
  const next = seededRandom(seed);
  return () => next(1 << 24) / (1 << 24);
}

describe('packed vectors', () => {
  test('are off by half of a 127th of their largest number at most, whatever its size', () => {
    const { vectors } = packed();
    const random = unitRandom(1);
    for (const size of [1e-20, 1e-3, 1, 50, 1e20]) {
      const vector = Float32Array.from({ length: WIDTH }, () => (random() - 0.5) * size);
      vectors.write(1, vector, 0);
      const largest = Math.max(...vector.map(Math.abs));
      vectors
        .of(1)
        .forEach((number, d) =>
          expect(Math.abs(number - vector[d])).toBeLessThanOrEqual((largest / 127) * 0.5001),
        );
    }
  });

  test('of zeros, or of numbers whose inverse is no number, are zeros', () => {
    const { vectors } = packed();
    for (const vector of [new Float32Array(WIDTH), new Float32Array(WIDTH).fill(1e-42)]) {
      vectors.write(1, new Float32Array(WIDTH).fill(3), 0);
      vectors.write(1, vector, 0);
      expect([...vectors.of(1)]).toEqual(Array.from({ length: WIDTH }, () => 0));
    }
  });

  test.each([NaN, Infinity, -Infinity])('with %d in them say so by their scale', (number) => {
    const { vectors } = packed();
    vectors.write(1, Float32Array.of(1, 2, number, 4, 5, 6, 7, 8), 0);
    expect(vectors.scales[1]).not.toSatisfy(Number.isFinite);
  });

  test('what was packed and unpacked is the same when it is packed again', () => {
    const { vectors } = packed();
    const random = unitRandom(2);
    vectors.write(
      1,
      Float32Array.from({ length: WIDTH }, () => random() - 0.5),
      0,
    );
    const once = vectors.of(1);
    vectors.write(2, once, 0);
    expect([...vectors.of(2)]).toEqual([...once]);
  });

  test('move along with their blocks', () => {
    const { blocks, vectors } = packed();
    blocks.reserve(0, 2, 0);
    const vector = Float32Array.from({ length: WIDTH }, (_, d) => d - 3);
    vectors.write(blocks.start[0] + 1, vector, 0);
    const before = vectors.of(blocks.start[0] + 1);
    const {
      start: [first],
    } = blocks;
    blocks.reserve(0, 4, 2);
    expect(blocks.start[0]).not.toBe(first);
    expect([...vectors.of(blocks.start[0] + 1)]).toEqual([...before]);
  });

  test('are copied and cleared with their scales', () => {
    const { vectors } = packed();
    vectors.write(1, new Float32Array(WIDTH).fill(2), 0);
    vectors.copy(1, 3);
    expect([...vectors.of(3)]).toEqual([...vectors.of(1)]);
    vectors.clear(1, 2);
    expect([...vectors.of(1)]).toEqual(Array.from({ length: WIDTH }, () => 0));
  });
});
