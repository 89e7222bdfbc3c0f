import {
  FEATURE_COUNT,
  FEATURE_INPUTS,
  FEATURE_NAMES,
  type FeatureContext,
  type FeatureInput,
} from '../../../model/features/feature-list.js';
import { CandidateKernel } from '../../../model/kernel/candidate-kernel.js';
import { SCORE_COLUMNS, type LinearRanker } from '../../../model/scorer/scorer.js';
import { createSharedVectors } from '../../../model/kernel/shared-vectors.js';

type FeatureName = (typeof FEATURE_NAMES)[number];

/** A candidate of which nothing is known. */
const UNKNOWN: Partial<Record<FeatureInput, number>> = { distance: -1, price: Number.NaN };

export const NOBODY: FeatureContext = {
  outgoingOfLast: 0,
  weightBest: 0,
  sessionItems: 0,
  priceOfLast: Number.NaN,
  popularHalfLifeMs: 180 * 86_400_000,
  recentHalfLifeMs: 7 * 86_400_000,
};

/** A ranker that gives every candidate 0. */
export function noRanker(): LinearRanker {
  const columns = FEATURE_COUNT + SCORE_COLUMNS;
  return { weight: new Float32Array(columns), mean: new Float32Array(columns), bias: 0 };
}

/** Runs a kernel of its own, without vectors, over some candidates. */
export function runKernel(
  candidates: readonly Partial<Record<FeatureInput, number>>[],
  context: Partial<FeatureContext> = {},
  ranker: LinearRanker = noRanker(),
): CandidateKernel {
  const kernel = new CandidateKernel(
    { width: 4, recents: 1 },
    ranker,
    createSharedVectors(1, 4, 0),
    candidates.length,
  );
  candidates.forEach((candidate, row) => {
    const inputs = { ...UNKNOWN, ...candidate };
    for (const name of FEATURE_INPUTS) kernel.inputs[name][row] = inputs[name] ?? 0;
  });
  kernel.run(candidates.length, { ...NOBODY, ...context });
  return kernel;
}

/** A feature of candidate `row`, by name. */
export function featureOf({ columns, stride }: CandidateKernel, row: number, name: FeatureName): number {
  return columns[FEATURE_NAMES.indexOf(name) * stride + row];
}
