import { expect, test } from 'vitest';
import { RETURN_FEATURES, returnFeatures } from '../../../../model/intent/return-features.js';
import { ReturnHead, returnHeadProblem } from '../../../../model/intent/return-head.js';

const DAY_S = 86_400;
const NOW_MS = 400 * DAY_S * 1_000;

/** A visit so many days ago. */
const ago = (days: number, clicks = 1, spend = 0) => ({ at: (400 - days) * DAY_S, clicks, spend });
const column = (name: (typeof RETURN_FEATURES)[number]): number => RETURN_FEATURES.indexOf(name);

test('somebody is how often, how long ago, how regularly and for how much they came', () => {
  const latest = [ago(60, 3, 20), ago(30, 1), ago(0, 2, 10)];
  const features = returnFeatures({ visits: 5, spend: 70, latest }, NOW_MS).map(Math.expm1);
  const told = Object.fromEntries(RETURN_FEATURES.map((name, i) => [name, features[i]]));
  expect(told['visits']).toBeCloseTo(5, 9);
  expect(told['recencyDays']).toBe(0);
  expect(told['meanGapDays']).toBeCloseTo(30, 9);
  expect(told['fading15']).toBeCloseTo(1 + 1 / 4 + 1 / 16, 9);
  expect(told['clicks']).toBeCloseTo(6, 9);
  expect(told['spend']).toBeCloseTo(70, 9);
  expect(told['spendPerVisit']).toBeCloseTo(10, 9);
});

test('one visit has no gap, and a clock that is behind makes no time negative', () => {
  const features = returnFeatures({ visits: 1, spend: 0, latest: [ago(-1)] }, NOW_MS);
  expect(features[column('meanGapDays')]).toBe(0);
  expect(features[column('recencyDays')]).toBe(0);
  expect(features.every(Number.isFinite)).toBe(true);
});

const recency = column('recencyDays');
const visits = column('visits');
const HEAD = {
  features: [...RETURN_FEATURES],
  horizons: [
    {
      days: 60,
      bias: 1,
      trees: [
        {
          features: [recency, visits, visits],
          thresholds: [Math.log1p(10), Math.log1p(2), Math.log1p(4)],
          leaves: [-1, -2, 2, 3],
        },
      ],
    },
    { days: 30, bias: 0, trees: [] },
  ],
};

test.each([
  [5, 1, -1],
  [5, 2, -2],
  [10, 3, 2],
  [50, 4, 3],
])('%d days ago, %d visits: the leaf of both answers counts', (days, count, leaf) => {
  const said = new ReturnHead(HEAD).probability({ visits: count, spend: 0, latest: [ago(days)] }, NOW_MS, 60);
  expect(said).toBeCloseTo(1 / (1 + Math.exp(-(1 + leaf))), 12);
});

test('nothing is said of who never came, and of days that were not learned', () => {
  const head = new ReturnHead(HEAD);
  expect(head.days).toEqual([30, 60]);
  expect(head.probability({ visits: 0, spend: 0, latest: [] }, NOW_MS, 30)).toBeUndefined();
  expect(head.probability({ visits: 1, spend: 0, latest: [ago(1)] }, NOW_MS, 31)).toBeUndefined();
  expect(head.probability({ visits: 1, spend: 0, latest: [ago(1)] }, NOW_MS, 30)).toBe(0.5);
});

test('a head of other features, or with one horizon twice, is refused', () => {
  expect(returnHeadProblem(HEAD)).toBeUndefined();
  expect(returnHeadProblem({ ...HEAD, features: ['visits'] })).toContain('expected the features visits,');
  const twice = [HEAD.horizons[0], HEAD.horizons[0]];
  expect(returnHeadProblem({ ...HEAD, horizons: twice })).toBe('expected every horizon once, found 60, 60');
});
