import { FEATURE_NAMES } from '../../../model/features/feature-list.js';
import type { RankerLists } from '../../../model/train/ranker/fit-ranker.js';
import type { RankerWeights } from '../../../model/train/ranker/ranker-weights.js';

const HIT = FEATURE_NAMES.indexOf('hit of the latest search, fading by half with each click since');

/**
 * Where the data has no searches, no weight can be fitted for them. Yet shoppers who search say plainly what they want: a hit
 * is then worth the mean distance, over the lists, from an average candidate to the best one. With searches in the data the
 * fitted weight stays.
 */
export function withSearchPrior(ranker: RankerWeights, lists: RankerLists): RankerWeights {
  const columns = ranker.weight.length;
  for (let at = HIT; at < lists.features.length; at += columns) if (lists.features[at] !== 0) return ranker;
  const weight = Float64Array.from(ranker.weight);
  weight[HIT] = meanLead(ranker, lists);
  return { ...ranker, weight };
}

function meanLead(ranker: RankerWeights, lists: RankerLists): number {
  const columns = ranker.weight.length;
  let lead = 0;
  const count = lists.offsets.length - 1;
  for (let list = 0; list < count; list++) {
    let best = -Infinity;
    let sum = 0;
    const rows = lists.offsets[list + 1] - lists.offsets[list];
    for (let row = lists.offsets[list]; row < lists.offsets[list + 1]; row++) {
      const score = scoreOf(ranker, lists.features, row * columns);
      best = Math.max(best, score);
      sum += score;
    }
    lead += best - sum / rows;
  }
  return lead / count;
}

function scoreOf({ weight, mean, deviation }: RankerWeights, features: Float32Array, at: number): number {
  let sum = 0;
  for (let c = 0; c < weight.length; c++) sum += (weight[c] * (features[at + c] - mean[c])) / deviation[c];
  return sum;
}
