import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  FEATURE_CONTEXT,
  FEATURE_COUNT,
  type FEATURE_NAMES,
  type FeatureContext,
  type FeatureInput,
} from '../../../../model/features/feature-list.js';
import { featureOf, runKernel } from '../../../support/model/test-kernel.js';

type FeatureName = (typeof FEATURE_NAMES)[number];
type Numbers = Partial<Record<FeatureInput, number> & FeatureContext>;

/** The features of one candidate; the user's numbers are given with theirs. */
function features(numbers: Numbers): (name: FeatureName) => number {
  const context = Object.fromEntries(
    FEATURE_CONTEXT.filter((name) => numbers[name] !== undefined).map((name) => [name, numbers[name]]),
  );
  const kernel = runKernel([numbers], context);
  return (name) => featureOf(kernel, 0, name);
}

describe('features of a candidate', () => {
  test('counts come as logarithms, the transition also as a share of what leaves the last item', () => {
    const of = features({
      transition: 3,
      outgoingOfLast: 4,
      transitionBack: 1,
      together: 0.9,
      popular: 9,
    });
    expect(of('ln(1 + transition last→candidate)')).toBeCloseTo(Math.log(4), 6);
    expect(of('transition last→candidate / (outgoing of last + 2)')).toBe(0.5);
    expect(of('ln(1 + transition candidate→last)')).toBeCloseTo(Math.log(2), 6);
    expect(of('ln(0.1 + co-occurrence with last)')).toBeCloseTo(0, 6);
    expect(of('ln(1 + popularity)')).toBeCloseTo(Math.log(10), 6);
  });

  test('popularities halve with their half-lives', () => {
    const day = 86_400_000;
    const of = features({
      popular: 8,
      recent: 8,
      ageMs: 2 * day,
      popularHalfLifeMs: 2 * day,
      recentHalfLifeMs: day,
    });
    expect(of('ln(1 + popularity)')).toBeCloseTo(Math.log(5), 6);
    expect(of('ln(1 + recent popularity)')).toBeCloseTo(Math.log(3), 6);
    expect(features({ popular: 8, ageMs: -day })('ln(1 + popularity)')).toBeCloseTo(Math.log(9), 6);
    expect(features({ popular: 8, ageMs: 1e15 })('ln(1 + popularity)')).toBe(0);
  });

  test('weight is relative to the best, and 0 when nothing is proposed', () => {
    expect(features({ weight: 1, weightBest: 4 })('candidate weight relative to the best')).toBe(0.25);
    expect(features({ weight: 0, weightBest: 0 })('ln of that (0.001 at least)')).toBeCloseTo(
      Math.log(0.001),
      5,
    );
  });

  test.each([
    [-1, [0, 0, 0, 0]],
    [0, [1, 0, 0, 1]],
    [1, [0, 1, 0, 0.5]],
    [4, [0, 0, 1, 0.2]],
  ])('a click %i back', (distance, [last, previous, earlier, inverse]) => {
    const of = features({ distance, sessionItems: 5 });
    expect([of('is last'), of('is previous'), of('is earlier in the session')]).toEqual([
      last,
      previous,
      earlier,
    ]);
    expect(of('1 / distance of its last click in the session')).toBeCloseTo(inverse, 6);
  });

  test('the only click of a session is marked', () => {
    expect(features({ distance: 0, sessionItems: 1 })('is the only click of the session')).toBe(1);
    expect(features({ distance: 0, sessionItems: 2 })('is the only click of the session')).toBe(0);
  });

  test('prices compare by ratio, and say nothing when one is unknown', () => {
    expect(features({ price: 2, priceOfLast: 4 })('|ln(price / price of last)|')).toBeCloseTo(Math.LN2, 6);
    expect(features({ price: Number.NaN, priceOfLast: 4 })('|ln(price / price of last)|')).toBe(0);
    expect(features({ price: 0, priceOfLast: 4 })('|ln(price / price of last)|')).toBe(0);
  });

  test('are what float64 makes of the formulas, and finite whatever the counts', () => {
    const count = fc.double({ min: 0, max: 1e12, noNaN: true });
    const weight = fc.double({ min: 0, max: 1, noNaN: true });
    const age = fc.double({ min: 0, max: 1e11, noNaN: true });
    const numbers = fc.record({
      transition: count,
      transitionBack: count,
      together: count,
      popular: count,
      recent: count,
      ageMs: age,
      weight,
      price: fc.oneof(fc.constant(0), fc.double({ min: 0.01, max: 1e9, noNaN: true })),
    });
    const context = { outgoingOfLast: 3, weightBest: 2, priceOfLast: 5, recentHalfLifeMs: 1e9 };
    fc.assert(
      fc.property(fc.array(numbers, { minLength: 1, maxLength: 9 }), (candidates) => {
        const kernel = runKernel(candidates, context);
        candidates.forEach((f, row) => {
          const expected: [FeatureName, number][] = [
            ['ln(1 + transition last→candidate)', Math.log(1 + f.transition)],
            ['transition last→candidate / (outgoing of last + 2)', f.transition / 5],
            ['ln(0.1 + co-occurrence with last)', Math.log(0.1 + f.together)],
            ['ln of that (0.001 at least)', Math.log(Math.max(0.001, f.weight / 2))],
            ['ln(1 + recent popularity)', Math.log(1 + f.recent * 2 ** (-f.ageMs / 1e9))],
            ['|ln(price / price of last)|', f.price > 0 ? Math.abs(Math.log(f.price / 5)) : 0],
          ];
          for (const [name, value] of expected) {
            const found = featureOf(kernel, row, name);
            expect(Math.abs(found - value), name).toBeLessThanOrEqual(2e-6 * Math.max(1, Math.abs(value)));
          }
        });
        for (let f = 0; f < FEATURE_COUNT; f++)
          for (let row = 0; row < candidates.length; row++)
            expect(kernel.columns[f * kernel.stride + row]).toSatisfy(Number.isFinite);
      }),
    );
  });
});
