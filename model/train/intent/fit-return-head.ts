import { RETURN_FEATURES, returnFeatures } from '../../intent/return-features.js';
import type { ReturnHeadWeights, ReturnHorizon } from '../../intent/return-head.js';
import { lastClickMs, type Dataset, type SessionRange } from '../data/dataset.js';
import { fitBoostedTrees } from './boosted-trees.js';
import type { LabelledRows } from './logistic-regression.js';
import { returnQuestions, type AskedDays, type ReturnQuestion } from './return-questions.js';
import { shopperVisits, type ShopperVisits } from './shopper-visits.js';

const DAY_MS = 86_400_000;
/** Horizons that are learned where the data is long enough, days. */
export const HORIZONS_DAYS = [30, 60] as const;
/** What is not asked about: the first days of the data, when everybody is new; and the least time that is asked about then. */
const WARM_UP_MS = 28 * DAY_MS;
const ASKED_MIN_MS = 21 * DAY_MS;
/** Questions of each answer, without which nothing can be learned. */
const ANSWERS_MIN = 200;
/** Questions that are learned from, at most; of more data the latest count. */
const ROWS_MAX = 200_000;

/** Learns from visits who does not come back; undefined where the data is too short, has no users or no times, or nobody leaves. */
export function fitReturnHead(
  dataset: Dataset,
  range: SessionRange,
  wanted: readonly number[] = HORIZONS_DAYS,
): ReturnHeadWeights | undefined {
  const shoppers = shopperVisits(dataset, range);
  if (shoppers.length === 0) return undefined;
  const untilMs = lastClickMs(dataset, range);
  const horizons = wanted
    .map((days) => fitHorizon(shoppers, untilMs, days))
    .filter((horizon) => horizon !== undefined);
  return horizons.length === 0 ? undefined : { features: [...RETURN_FEATURES], horizons };
}

/** Days on which it is known by `untilMs` who came back; none where the data is too short. */
export function askedDays(
  shoppers: readonly ShopperVisits[],
  untilMs: number,
  days: number,
): AskedDays | undefined {
  const beginMs = shoppers.reduce((first, { visits }) => Math.min(first, visits[0].at * 1_000), Infinity);
  const asked = { fromMs: beginMs + WARM_UP_MS, toMs: untilMs - days * DAY_MS, days };
  return asked.toMs - asked.fromMs >= ASKED_MIN_MS ? asked : undefined;
}

function fitHorizon(
  shoppers: readonly ShopperVisits[],
  untilMs: number,
  days: number,
): ReturnHorizon | undefined {
  const asked = askedDays(shoppers, untilMs, days);
  if (asked === undefined) return undefined;
  const rows = rowsOf(latestOf(returnQuestions(shoppers, asked)));
  const gone = rows.labels.reduce((sum, label) => sum + label, 0);
  if (Math.min(gone, rows.labels.length - gone) < ANSWERS_MIN) return undefined;
  return { days, ...fitBoostedTrees(rows) };
}

/** The first ones of `questions`, which begin with the last day. */
function latestOf(questions: Iterable<ReturnQuestion>): ReturnQuestion[] {
  const latest: ReturnQuestion[] = [];
  for (const question of questions) {
    latest.push(question);
    if (latest.length === ROWS_MAX) break;
  }
  return latest;
}

function rowsOf(questions: readonly ReturnQuestion[]): LabelledRows {
  const width = RETURN_FEATURES.length;
  const features = new Float64Array(questions.length * width);
  questions.forEach(({ history, atMs }, row) => features.set(returnFeatures(history, atMs), row * width));
  return { width, features, labels: Uint8Array.from(questions, ({ isGone }) => Number(isGone)) };
}
