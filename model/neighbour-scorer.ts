import { FEATURE_COUNT, FEATURE_NAMES } from './features/index.js';
import type { Explainer, InterestBatch } from './explainer.js';
import { SCORE_COLUMNS, type ScoreBatch, type Scorer, type ScorerShape } from './scorer.js';

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
  readonly #weights = Float32Array.from(FEATURE_NAMES, (name) => WEIGHTS[name] ?? 0);
  /** There is no interest to take apart: the features are all. */
  readonly explainer: Explainer = {
    ranker: {
      weight: Float32Array.from([...this.#weights, ...new Float32Array(SCORE_COLUMNS)]),
      mean: new Float32Array(FEATURE_COUNT + SCORE_COLUMNS),
      bias: 0,
    },
    run: (batch: InterestBatch) => {
      batch.parts.fill(0);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };

  run(batch: ScoreBatch): Promise<void> {
    const { features, score, networkScore } = batch;
    for (let m = 0, at = 0; m < batch.candidates; m++) {
      let sum = 0;
      for (let f = 0; f < FEATURE_COUNT; f++) sum += this.#weights[f] * features[at++];
      score[m] = sum;
      networkScore[m] = 0;
    }
    batch.state.fill(0, 0, batch.users);
    batch.interest.fill(0, 0, batch.users);
    batch.attention.fill(0, 0, batch.users);
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
