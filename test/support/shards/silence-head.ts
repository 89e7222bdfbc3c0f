import { RETURN_FEATURES } from '../../../model/intent/return-features.js';
import { ReturnHead } from '../../../model/intent/return-head.js';

/** Says 0.9 of whoever has been silent for 30 days, and 0.1 of the others, for horizons of 30 and 60 days. */
export function silenceHead(): ReturnHead {
  const recency = RETURN_FEATURES.indexOf('recencyDays');
  const border = Math.log1p(30);
  const log9 = Math.log(9);
  const tree = {
    features: [recency, recency, recency],
    thresholds: [border, border, border],
    leaves: [-log9, -log9, log9, log9],
  };
  const horizons = [30, 60].map((days) => ({ days, bias: 0, trees: [tree] }));
  return new ReturnHead({ features: [...RETURN_FEATURES], horizons });
}
