import type { Catalogue } from '../../model/catalogue/catalogue.js';
import {
  judgeInThread,
  type Figures,
  type Judgement,
  type PostedModel,
  type ShardPool,
} from '../../shards/api.js';
import type { Comparison } from './model-control.js';

/** Newest events of each shard that a comparison reads, questions it asks, and the time it may take. */
const EVENTS_MAX = 10_000;
const QUESTIONS_MAX = 2_000;
const TIME_MAX_MS = 15_000;
/** With fewer questions the difference of two models is chance: such a bundle is taken, and the answer says so. */
const QUESTIONS_MIN = 500;

/** The figures that decide. */
const NAMES: readonly (keyof Figures)[] = ['recall@20', 'mrr@20'];

/** Compares a model with the one that serves on what shoppers clicked of late, in a thread of its own. */
export async function compareModels(
  {
    pool,
    catalogue,
    marginPercent,
  }: {
    readonly pool: Pick<ShardPool, 'recentRecords'>;
    readonly catalogue: Pick<Catalogue, 'shared'>;
    readonly marginPercent: number;
  },
  current: PostedModel,
  candidate: PostedModel,
): Promise<Comparison> {
  const judgement = await judgeInThread({
    catalogue: catalogue.shared,
    current,
    candidate,
    records: await pool.recentRecords(EVENTS_MAX),
    questionsMax: QUESTIONS_MAX,
    timeMaxMs: TIME_MAX_MS,
  });
  return { ...judgement, marginPercent, verdict: verdictOf(judgement, marginPercent) };
}

/** Why a model is not taken. */
export function worseText({ current, candidate, change, marginPercent, questions }: Comparison): string {
  const of = (name: 'recall@20' | 'mrr@20') =>
    `${name} ${candidate?.[name]} against ${current?.[name]} (${change?.[name].points} ± ${change?.[name].within})`;
  return (
    `on ${questions} recent clicks the new bundle is more than ${marginPercent} % worse: ${of('recall@20')}, ${of('mrr@20')} ` +
    '(percent); send force: true to take it all the same'
  );
}

/**
 * `worse` when one of the candidate's figures is lower than the current one's by more than `marginPercent` of it, and that is no
 * chance: the difference on the same questions is below zero with all of its 95 % confidence interval.
 */
function verdictOf(judgement: Judgement, marginPercent: number): Comparison['verdict'] {
  if (judgement.questions < QUESTIONS_MIN) return 'too_few_questions';
  const isWorse = NAMES.some((name) => {
    const { points, within } = judgement.change[name];
    return points < (-marginPercent / 100) * judgement.current[name] && points + within < 0;
  });
  return isWorse ? 'worse' : 'better_or_equal';
}
