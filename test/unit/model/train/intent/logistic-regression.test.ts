import { expect, test } from 'vitest';
import { fitLogistic } from '../../../../../model/train/intent/logistic-regression.js';

/** Rows at every point of a grid, with as many of a hundred labels set as the true weights say. */
function grid(weights: readonly [number, number], bias: number) {
  const features: number[] = [];
  const labels: number[] = [];
  for (let a = -2; a <= 2; a++)
    for (let b = -2; b <= 2; b++) {
      const p = 1 / (1 + Math.exp(-(bias + weights[0] * a + weights[1] * 100 * b)));
      for (let i = 0; i < 400; i++) {
        features.push(a, 100 * b);
        labels.push(Number((i + 0.5) / 400 < p));
      }
    }
  return { width: 2, features: Float64Array.from(features), labels: Uint8Array.from(labels) };
}

test('weights that made the labels are found again, whatever the scale of a column', () => {
  const { weights, bias } = fitLogistic(grid([0.8, -0.004], -1));
  expect(weights[0]).toBeCloseTo(0.8, 1);
  expect(weights[1]).toBeCloseTo(-0.004, 3);
  expect(bias).toBeCloseTo(-1, 1);
});

test('a column that never changes, and labels that one column tells apart, leave numbers finite', () => {
  const rows = Array.from({ length: 40 }, (_, i) => [3, i < 20 ? -1 : 1]);
  const { weights, bias } = fitLogistic({
    width: 2,
    features: Float64Array.from(rows.flat()),
    labels: Uint8Array.from(rows, ([, side]) => Number(side > 0)),
  });
  expect(weights[0]).toBeCloseTo(0, 12);
  expect(weights[1]).toBeGreaterThan(1);
  expect(Number.isFinite(weights[1]) && Number.isFinite(bias)).toBe(true);
});
