import type { SharedCatalogue } from '../../model/catalogue/shared-catalogue.js';
import type { Comparison } from './model-control.js';
import { type ShardPool, judgeInThread, type Figures, type ShardModel } from '../../shards/api.js';

/** Newest events of each shard that a comparison reads, questions it asks, and the time it may take. */
const EVENTS_MAX = 10_000;
const QUESTIONS_MAX = 2_000;
const TIME_MAX_MS = 15_000;
/** With fewer questions the difference of two models is chance: such a bundle is taken, and the answer says so. */
const QUESTIONS_MIN = 500;

const NAMES: readonly (keyof Figures)[] = ['recall@20', 'mrr@20'];

/**
 * Compares two models on what shoppers clicked of late, in a thread of its own. `worse` when one of the candidate's figures is
 * lower than the current one's by more than `marginPercent` of it, and that is no chance: the difference on the same questions is
 * below zero with all of its 95 % confidence interval.
 */
export async function compareModels(
  pool: ShardPool,
  catalogue: SharedCatalogue,
  current: ShardModel,
  candidate: ShardModel,
  marginPercent: number,
): Promise<Comparison> {
  const records = await pool.recentRecords(EVENTS_MAX);
  const limits = { questionsMax: QUESTIONS_MAX, timeMaxMs: TIME_MAX_MS };
  const judgement = await judgeInThread({ catalogue, current, candidate, records, ...limits });
  if (judgement.questions < QUESTIONS_MIN)
    return { ...judgement, marginPercent, verdict: 'too_few_questions' };
  const isWorse = NAMES.some((name) => {
    const { points, within } = judgement.change[name];
    return points < (-marginPercent / 100) * judgement.current[name] && points + within < 0;
  });
  return { ...judgement, marginPercent, verdict: isWorse ? 'worse' : 'better_or_equal' };
}
