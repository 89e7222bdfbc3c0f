import { expect, test } from 'vitest';
import {
  createFeatureInputs,
  FEATURE_COUNT,
  writeFeatures,
  type FeatureInputs,
} from '../../model/features/index.js';
import { NeighbourScorer } from '../../model/neighbour-scorer.js';
import { createScoreBatch } from '../../model/score-batch.js';

async function scores(...candidates: Partial<FeatureInputs>[]): Promise<number[]> {
  const scorer = new NeighbourScorer();
  const batch = createScoreBatch(scorer.shape, 1, candidates.length);
  batch.users = 1;
  batch.candidates = candidates.length;
  candidates.forEach((inputs, m) =>
    writeFeatures(batch.features, m * FEATURE_COUNT, { ...createFeatureInputs(), ...inputs }),
  );
  await scorer.run(batch);
  return [...batch.score];
}

test('neighbour sessions lead, transitions refine, trends order what neither knows', async () => {
  const [neighbour, transition, trend, nothing] = await scores(
    { neighbour: 1 },
    { transition: 5 },
    { recentPopularity: 50 },
    {},
  );
  expect(neighbour).toBeGreaterThan(transition);
  expect(transition).toBeGreaterThan(trend);
  expect(trend).toBeGreaterThan(nothing);
});

test('the item just clicked is no news', async () => {
  const [last, other] = await scores({ distance: 0, sessionItems: 2 }, { distance: -1, sessionItems: 2 });
  expect(last).toBeLessThan(other);
});
