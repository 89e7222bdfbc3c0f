import { SCORE_COLUMNS } from '../../scorer/scorer.js';

/**
 * A linear ranker: `score = w · (f − mean) / deviation` over a candidate's features. The columns are the F features of
 * `model/features`, then the network's score, then the two cosines (last click, best of the other recents).
 */
export interface RankerWeights {
  /** Float64 [F + 3]. */
  readonly weight: Float64Array;
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
}

/** The ranker that orders by the network's score alone. */
export function networkOnlyRanker(features: number): RankerWeights {
  const columns = features + SCORE_COLUMNS;
  const weight = new Float64Array(columns);
  weight[features] = 1;
  return { weight, mean: new Float64Array(columns), deviation: new Float64Array(columns).fill(1) };
}

/** The same ranker over raw features: `score = w · f + bias`. */
export function foldStandardisation(ranker: RankerWeights): { weight: Float64Array; bias: number } {
  const weight = ranker.weight.map((w, i) => w / ranker.deviation[i]);
  const bias = -weight.reduce((sum, w, i) => sum + w * ranker.mean[i], 0);
  return { weight, bias };
}
