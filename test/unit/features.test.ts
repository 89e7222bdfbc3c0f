import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  createFeatureInputs,
  FEATURE_COUNT,
  FEATURE_NAMES,
  writeFeatures,
  type FeatureInputs,
} from '../../model/features/index.js';

type FeatureName = (typeof FEATURE_NAMES)[number];

function features(inputs: Partial<FeatureInputs>): (name: FeatureName) => number {
  const row = new Float32Array(FEATURE_COUNT + 2).fill(-9);
  writeFeatures(row, 1, { ...createFeatureInputs(), ...inputs });
  expect([row[0], row[FEATURE_COUNT + 1]]).toEqual([-9, -9]);
  return (name) => row[1 + FEATURE_NAMES.indexOf(name)];
}

describe('features of a candidate', () => {
  test('counts come as logarithms, the transition also as a share of what leaves the last item', () => {
    const of = features({
      transition: 3,
      outgoingOfLast: 4,
      transitionBack: 1,
      together: 0.9,
      popularity: 9,
    });
    expect(of('ln(1 + transition last→candidate)')).toBeCloseTo(Math.log(4), 6);
    expect(of('transition last→candidate / (outgoing of last + 2)')).toBe(0.5);
    expect(of('ln(1 + transition candidate→last)')).toBeCloseTo(Math.log(2), 6);
    expect(of('ln(0.1 + co-occurrence with last)')).toBeCloseTo(0, 6);
    expect(of('ln(1 + popularity)')).toBeCloseTo(Math.log(10), 6);
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

  test('are finite whatever the counts', () => {
    const count = fc.double({ min: 0, max: 1e12, noNaN: true });
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    const inputs = fc.record({
      transition: count,
      outgoingOfLast: count,
      transitionBack: count,
      together: count,
      togetherPrevious: count,
      weight: share,
      weightBest: fc.constantFrom(0, 1),
      popularity: count,
      recentPopularity: count,
    });
    fc.assert(
      fc.property(inputs, (counts) => {
        const row = new Float32Array(FEATURE_COUNT);
        writeFeatures(row, 0, { ...createFeatureInputs(), ...counts });
        expect(row.every(Number.isFinite)).toBe(true);
      }),
    );
  });
});
