import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RowBlocks } from '../../../../shards/graph/row-blocks.js';

const ROWS = 5;
const MAX = 9;

function filledBlocks() {
  const blocks = new RowBlocks(ROWS, [2, 4, 16], MAX);
  return { blocks, one: blocks.array(Int32Array), pair: blocks.array(Float32Array, 2) };
}

describe('blocks of rows', () => {
  test('are of the smallest size that has room, and of the most a row may have beyond all sizes', () => {
    const { blocks } = filledBlocks();
    expect(blocks.roomOf(1)).toBe(0);
    for (const [count, room] of [
      [1, 2],
      [2, 2],
      [3, 4],
      [5, MAX],
      [MAX, MAX],
    ]) {
      blocks.reserve(1, count, 0);
      expect(blocks.roomOf(1)).toBe(room);
    }
  });

  test('have fewer sizes where all of them would take more places than may be', () => {
    const sum = (2 + 4 + MAX) * ROWS + 1;
    for (const [placesMax, room] of [
      [sum, 4],
      [sum - 1, MAX],
      [1, MAX],
    ]) {
      const blocks = new RowBlocks(ROWS, [2, 4], MAX, placesMax);
      blocks.reserve(0, 3, 0);
      expect(blocks.roomOf(0)).toBe(room);
      expect(blocks.places).toBeLessThanOrEqual(Math.max(placesMax, MAX * ROWS + 1));
    }
  });

  test('take along what was in use when a row needs more', () => {
    const { blocks, one, pair } = filledBlocks();
    blocks.reserve(3, 2, 0);
    one.set([7, 8], blocks.start[3]);
    pair.set([1, 2, 3, 4], 2 * blocks.start[3]);
    blocks.reserve(3, 3, 2);
    expect([...one.subarray(blocks.start[3], blocks.start[3] + 2)]).toEqual([7, 8]);
    expect([...pair.subarray(2 * blocks.start[3], 2 * blocks.start[3] + 4)]).toEqual([1, 2, 3, 4]);
  });

  test('that are given back are given out first, and place 0 is nobody’s', () => {
    const { blocks } = filledBlocks();
    blocks.reserve(0, 4, 0);
    const first = blocks.start[0];
    expect(first).toBeGreaterThan(0);
    blocks.release(0);
    expect([blocks.start[0], blocks.roomOf(0)]).toEqual([0, 0]);
    blocks.release(0);
    blocks.reserve(4, 4, 0);
    blocks.reserve(2, 4, 0);
    expect(blocks.start[4]).toBe(first);
    expect(blocks.start[2]).not.toBe(first);
  });

  test('whatever rows ask for and give back: each has its own places and what it wrote, and all find room', () => {
    const asked = fc.record({ row: fc.nat(ROWS - 1), count: fc.integer({ min: 0, max: MAX }) });
    fc.assert(
      fc.property(fc.array(asked, { maxLength: 60 }), (steps) => {
        const { blocks, one } = filledBlocks();
        const used = new Int32Array(ROWS);
        for (const { row, count } of steps) {
          if (count === 0) blocks.release(row);
          else blocks.reserve(row, count, Math.min(used[row], blocks.roomOf(row)));
          const start = blocks.start[row];
          if (count > used[row]) one.fill(row + 1, start + used[row], start + count);
          used[row] = count === 0 ? 0 : Math.max(count, used[row]);
          for (let other = 0; other < ROWS; other++) {
            const from = blocks.start[other];
            expect([...one.subarray(from, from + used[other])]).toEqual(Array(used[other]).fill(other + 1));
            expect(from + blocks.roomOf(other)).toBeLessThanOrEqual(blocks.places);
          }
        }
      }),
    );
  });
});
