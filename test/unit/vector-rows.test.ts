import { describe, expect, test } from 'vitest';
import { VectorRows } from '../../shards/ranking/vector-rows.js';

describe.each([1, 3, 4, 64])('rows of width %i', (width) => {
  const table = Float32Array.from({ length: 6 * width }, (_, i) => Math.fround(Math.sin(i + 1)));
  table.fill(0, 2 * width, 3 * width);

  test('are copied bit by bit, and nothing beside them', () => {
    const out = new Float32Array(4 * width).fill(9);
    const rows = new VectorRows(table, width);
    expect(rows.copy(5, new VectorRows(out, width), 1)).toBe(true);
    expect([...out.subarray(width, 2 * width)]).toEqual([...table.subarray(5 * width, 6 * width)]);
    expect([...out.subarray(0, width), ...out.subarray(2 * width)].every((value) => value === 9)).toBe(true);
  });

  test('of zeros are told from others, and copied as well', () => {
    const out = new Float32Array(2 * width).fill(9);
    expect(new VectorRows(table, width).copy(2, new VectorRows(out, width), 0)).toBe(false);
    expect([...out.subarray(0, width)].every((value) => value === 0)).toBe(true);
  });

  test('may be asked for beforehand, the last one too', () => {
    const rows = new VectorRows(table, width);
    rows.touch(Int32Array.of(5, 0, 3), 2);
    expect(Number.isFinite(rows.touched)).toBe(true);
  });
});

test('a tiny number alone is not nothing', () => {
  const table = new Float32Array(4);
  table[3] = -1e-30;
  expect(new VectorRows(table, 4).copy(0, new VectorRows(new Float32Array(4), 4), 0)).toBe(true);
});
