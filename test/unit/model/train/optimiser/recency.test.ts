import { describe, expect, it } from 'vitest';
import { Recency } from '../../../../../model/train/optimiser/step-targets.js';

const pieces = [
  { session: 1, from: 140, to: 200, scoredFrom: 140 },
  { session: 0, from: 100, to: 140, scoredFrom: 100 },
];

describe('Recency', () => {
  it('counts the newest click whole, and half of it a half-life before', () => {
    const recency = new Recency(pieces, 0.25);
    expect(recency.weight(199)).toBe(1);
    expect(recency.weight(174)).toBeCloseTo(0.5, 12);
    expect(recency.weight(149)).toBeCloseTo(0.25, 12);
  });

  it('knows one click only', () => {
    expect(new Recency([{ session: 0, from: 5, to: 6, scoredFrom: 5 }], 0.4).weight(5)).toBe(1);
  });
});
