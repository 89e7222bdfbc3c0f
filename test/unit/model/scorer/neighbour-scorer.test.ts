import { expect, test } from 'vitest';
import type { FeatureContext, FeatureInput } from '../../../../model/features/feature-list.js';
import { NeighbourScorer } from '../../../../model/scorer/neighbour-scorer.js';
import { StepRows } from '../../../../model/scorer/step-rows.js';
import { runKernel } from '../../../support/model/test-kernel.js';

/** Scores that candidates get by the weights of the neighbour mode. */
function scoresOf(
  candidates: readonly Partial<Record<FeatureInput, number>>[],
  context: Partial<FeatureContext> = {},
): number[] {
  const { scores } = runKernel(candidates, context, new NeighbourScorer().ranker);
  return [...scores.subarray(0, candidates.length)];
}

test('neighbour sessions lead, transitions refine, trends order what neither knows', () => {
  const [neighbour, transition, trend, nothing] = scoresOf([
    { neighbour: 1 },
    { transition: 5 },
    { recent: 50 },
    {},
  ]);
  expect(neighbour).toBeGreaterThan(transition);
  expect(transition).toBeGreaterThan(trend);
  expect(trend).toBeGreaterThan(nothing);
});

test('the item just clicked is no news', () => {
  const [last, other] = scoresOf([{ distance: 0 }, { distance: -1 }], { sessionItems: 2 });
  expect(last).toBeLessThan(other);
});

test('what was searched for leads unless neighbours say otherwise', () => {
  const [hit, transition, faded, nothing] = scoresOf([{ hit: 1 }, { transition: 5 }, { hit: 0.25 }, {}]);
  expect(hit).toBeGreaterThan(transition);
  expect(faded).toBeGreaterThan(nothing);
  expect(faded).toBeLessThan(transition);
});

test('states and interests are zeros', () => {
  const scorer = new NeighbourScorer();
  const rows = new StepRows(scorer.shape, 2);
  rows.users = 2;
  rows.results.fill(3);
  scorer.step(rows);
  expect([...rows.results]).toEqual([0, 0, 0, 0]);
});
