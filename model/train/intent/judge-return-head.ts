import type { Judged } from '../../eval/measures/probability-measures.js';
import { RETURN_FEATURES, returnFeatures } from '../../intent/return-features.js';
import { ReturnHead, type ReturnHeadWeights } from '../../intent/return-head.js';
import type { ReturnQuestion } from './return-questions.js';

/** What a head says to questions of one horizon, and what each feature alone would say, by name. */
export interface JudgedReturns {
  readonly head: Judged;
  /** Features as they are: the larger one need not mean that somebody is gone. */
  readonly features: Readonly<Record<string, Judged>>;
}

/** Asks a head who is gone `days` after each question. */
export function judgeReturnHead(
  weights: ReturnHeadWeights,
  questions: readonly ReturnQuestion[],
  days: number,
): JudgedReturns {
  const head = new ReturnHead(weights);
  const came = questions.map(({ isGone }) => Number(isGone));
  const rows = questions.map(({ history, atMs }) => returnFeatures(history, atMs));
  const alone = RETURN_FEATURES.map((name, column) => [name, { said: rows.map((row) => row[column]), came }]);
  return {
    head: {
      said: questions.map(({ history, atMs }) => head.probability(history, atMs, days) ?? 0),
      came,
    },
    features: Object.fromEntries(alone) as Record<string, Judged>,
  };
}
