import { describe, expect, test } from 'vitest';
import { pairedChange } from '../../../../../shards/learning/judging/judge-models.js';

describe('the change between two models', () => {
  test('is the mean of the differences, with 1.96 standard errors to each side', () => {
    // Differences 1, 0, 0, 1: mean 0.5, variance 1/3, standard error √(1/12) = 0.28868.
    expect(pairedChange([0, 1, 0, 0], [1, 1, 0, 1])).toEqual({ points: 50, within: 56.58 });
  });

  test('is certain where every question differs by the same', () => {
    expect(pairedChange([0.5, 0.2, 1], [0.25, -0.05, 0.75])).toEqual({ points: -25, within: 0 });
  });

  test('knows more of paired questions than of the two figures: what is hard for both cancels out', () => {
    const first = Array.from({ length: 400 }, (_, i) => i % 2);
    const second = first.map((score, i) => (i % 40 === 1 ? 0 : score));
    const { points, within } = pairedChange(first, second);
    expect(points).toBe(-2.5);
    // Of two shares of 400 questions around 50 %, the difference is only known within 6.9 points.
    expect(within).toBeLessThan(1.6);
  });

  test.each([0, 1])('of %i questions says nothing', (count) => {
    expect(
      pairedChange(
        Array.from({ length: count }, () => 1),
        Array.from({ length: count }, () => 0),
      ),
    ).toEqual({
      points: 0,
      within: 100,
    });
  });
});
