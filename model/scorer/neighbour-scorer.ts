import { FEATURE_COUNT, FEATURE_NAMES } from '../features/feature-list.js';
import { SCORE_COLUMNS, type LinearRanker, type Scorer } from './scorer.js';
import type { StepRows } from './step-rows.js';
import type { ScorerShape } from './step-shape.js';

type FeatureName = (typeof FEATURE_NAMES)[number];

/**
 * Weights of the neighbour mode, by feature. Neighbour sessions (relative to the best candidate, 0..1) lead, transitions
 * of the last click refine, trends order what neither of them knows. Not fitted: this is what serves before there is
 * anything to fit on.
 */
const WEIGHTS: Partial<Record<FeatureName, number>> = {
  'neighbour score relative to the best': 4,
  'candidate weight relative to the best': 2,
  'ln(1 + transition last→candidate)': 0.5,
  'ln(1 + recent popularity)': 0.1,
  'ln(1 + popularity)': 0.05,
  'hit of the latest search, fading by half with each click since': 3,
  'is last': -0.5,
};

/**
 * The mode without a bundle: neighbours of sessions, transitions and trends, no vectors and no network. Every state and
 * interest is zero; the scores come from the features alone.
 */
export class NeighbourScorer implements Scorer {
  readonly name = 'neighbours@1';
  readonly shape: ScorerShape = { width: 1, neighbours: 1, features: FEATURE_COUNT, recents: 1 };
  readonly wantsNeighbours = true;
  readonly ranker: LinearRanker = {
    weight: Float32Array.from({ length: FEATURE_COUNT + SCORE_COLUMNS }, (_, column) =>
      column < FEATURE_COUNT ? (WEIGHTS[FEATURE_NAMES[column]] ?? 0) : 0,
    ),
    mean: new Float32Array(FEATURE_COUNT + SCORE_COLUMNS),
    bias: 0,
  };

  step(rows: StepRows): void {
    rows.results.fill(0);
  }

  close(): void {}
}
