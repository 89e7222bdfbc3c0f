import { describe, expect, it } from 'vitest';
import { TABLE_COLUMNS } from '../../../../../model/train/network/parameters.js';
import { fillUnseenCodes } from '../../../../../model/train/optimiser/unseen-codes.js';
import { EVENT_KIND_COUNT, GAP_COUNT } from '../../../../../model/scorer/step-shape.js';

function tables(kinds: Record<number, number[]>, gaps: Record<number, number[]>) {
  const kind = new Float32Array(EVENT_KIND_COUNT * TABLE_COLUMNS);
  const gap = new Float32Array(GAP_COUNT * TABLE_COLUMNS);
  for (const [code, row] of Object.entries(kinds)) kind.set(row, Number(code) * TABLE_COLUMNS);
  for (const [code, row] of Object.entries(gaps)) gap.set(row, Number(code) * TABLE_COLUMNS);
  fillUnseenCodes({ kind, gap });
  const row = (table: Float32Array, code: number) => [...table.subarray(code * 3, code * 3 + 3)];
  return { kind: (code: number) => row(kind, code), gap: (code: number) => row(gap, code) };
}

describe('fillUnseenCodes', () => {
  it('gives an unmet kind the mean of those met, and leaves met ones and an own row 0 alone', () => {
    const { kind } = tables({ 0: [5, 0, 0], 3: [1, 2, 3], 8: [3, 0, 1] }, {});
    expect(kind(5)).toEqual([2, 1, 2]);
    expect(kind(3)).toEqual([1, 2, 3]);
    expect(kind(0)).toEqual([5, 0, 0]);
  });

  it('gives an unmet gap the nearest met one, the smaller of two', () => {
    const { gap } = tables({}, { 0: [9, 0, 0], 1: [1, 0, 0], 5: [2, 0, 0] });
    expect([1, 2, 3, 4, 5, 7].map((code) => gap(code)[0])).toEqual([1, 1, 1, 2, 2, 2]);
    expect(gap(0)[0]).toBe(9);
  });

  it('falls back to the unknown gap where the data has no time, and changes nothing without training', () => {
    expect(tables({}, { 0: [4, 0, 0] }).gap(6)).toEqual([4, 0, 0]);
    expect(tables({}, {}).kind(2)).toEqual([0, 0, 0]);
  });
});
