import { expect, test } from 'vitest';
import { Random } from '../../../../model/train/random-numbers.js';
import {
  betaShare,
  changeInterval,
  changeP,
  discoveryLimit,
  wilson,
} from '../../../../shards/market/significance.js';

/** P(X ≤ k) of a binomial, summed. */
function binomialAtMost(k: number, n: number, p: number): number {
  let term = (1 - p) ** n;
  let sum = term;
  for (let i = 1; i <= k; i++) sum += term *= ((n - i + 1) / i) * (p / (1 - p));
  return sum;
}

test('the incomplete beta function is the tail of the binomial', () => {
  for (const [k, n, p] of [
    [3, 10, 0.5],
    [0, 7, 0.2],
    [40, 50, 0.7],
    [9, 10, 0.9],
  ] as const)
    expect(1 - betaShare(p, k + 1, n - k)).toBeCloseTo(binomialAtMost(k, n, p), 10);
  expect([betaShare(0, 2, 3), betaShare(1, 2, 3)]).toEqual([0, 1]);
});

test('a change has twice the smaller tail: 8 of 8 where half was due has 2 / 256', () => {
  expect(changeP(8, 0, 0.5)).toBeCloseTo(2 / 256, 12);
  expect(changeP(0, 8, 0.5)).toBeCloseTo(2 / 256, 12);
  expect(changeP(5, 5, 0.5)).toBe(1);
  expect(changeP(15, 5, 0.5)).toBeCloseTo(2 * binomialAtMost(5, 20, 0.5), 10);
});

test('the interval of a ratio holds what p does not refuse, and has no end where nothing was before', () => {
  const { low, high } = changeInterval(15, 5, 0.5);
  // Clopper and Pearson for 15 of 20: 0.5090 to 0.9134.
  expect(low).toBeCloseTo(0.509 / 0.491, 2);
  expect(high).toBeCloseTo(0.9134 / 0.0866, 1);
  expect(changeInterval(9, 0, 0.5).high).toBe(Infinity);
  expect(changeInterval(0, 9, 0.5).low).toBe(0);
});

test("Wilson's interval of 1 in 10 is 0.018 to 0.404, and of nothing anything", () => {
  expect(wilson(1, 10).low).toBeCloseTo(0.0179, 4);
  expect(wilson(1, 10).high).toBeCloseTo(0.4042, 4);
  expect(wilson(0, 0)).toEqual({ low: 0, high: 1 });
  for (let of = 1; of < 200; of++) expect([wilson(0, of).low, wilson(of, of).high]).toEqual([0, 1]);
});

test('discoveries: the greatest p below its place in the line', () => {
  expect(discoveryLimit([0.01, 0.04, 0.03, 0.2], 4, 0.05)).toBe(0.01);
  expect(discoveryLimit([0.01, 0.02, 0.03], 4, 0.05)).toBe(0.03);
  expect(discoveryLimit([0.04], 2, 0.05)).toBe(0);
});

test('where nothing changes, p is below 0.05 in 5 % of all cases at most', () => {
  const random = new Random(11);
  let below = 0;
  for (let n = 0; n < 4_000; n++) {
    let now = 0;
    for (let i = 0; i < 30; i++) if (random.uniform() < 0.4) now++;
    if (changeP(now, 30 - now, 0.4) < 0.05) below++;
  }
  expect(below / 4_000).toBeLessThanOrEqual(0.05);
  expect(below).toBeGreaterThan(40);
});
