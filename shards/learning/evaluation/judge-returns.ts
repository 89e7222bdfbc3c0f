import { auc, calibrationError } from '../../../model/eval/measures/probability-measures.js';
import { lastClickMs, sessionCount, sessionsUntil, type Dataset } from '../../../model/train/data/dataset.js';
import { askedDays, fitReturnHead, HORIZONS_DAYS } from '../../../model/train/intent/fit-return-head.js';
import { judgeReturnHead } from '../../../model/train/intent/judge-return-head.js';
import { returnQuestions } from '../../../model/train/intent/return-questions.js';
import { shopperVisits } from '../../../model/train/intent/shopper-visits.js';

const DAY_MS = 86_400_000;
/** The last weeks of which it is known who came back: these are asked about, six times each shopper. */
const HELD_OUT_MS = 35 * DAY_MS;

/** How well it is told who is gone after some days. */
export interface ReturnFigures {
  readonly days: number;
  readonly questions: number;
  /** Part of the questions whose answer is yes, 0..1. */
  readonly gone: number;
  /** Areas under the ROC curve: the head's, and by name that of each feature alone, the better way round. */
  readonly auc: number;
  readonly alone: Readonly<Record<string, number>>;
  readonly calibrationError: number;
}

/** Learns each horizon from what ended before the weeks that are asked about; those that the data is too short for are left out. */
export function judgeReturns(dataset: Dataset): ReturnFigures[] {
  return HORIZONS_DAYS.map((days) => judgeHorizon(dataset, days)).filter((figures) => figures !== undefined);
}

function judgeHorizon(dataset: Dataset, days: number): ReturnFigures | undefined {
  const all = { from: 0, to: sessionCount(dataset) };
  const shoppers = shopperVisits(dataset, all);
  const asked = askedDays(shoppers, lastClickMs(dataset, all), days);
  if (asked === undefined) return undefined;
  const fromMs = asked.toMs - HELD_OUT_MS;
  const weights = fitReturnHead(dataset, sessionsUntil(dataset, fromMs), [days]);
  if (weights === undefined) return undefined;
  const questions = [...returnQuestions(shoppers, { ...asked, fromMs })];
  const { head, features } = judgeReturnHead(weights, questions, days);
  const areas = Object.entries(features).map(([name, judged]) => [name, eitherWay(auc(judged))] as const);
  return {
    days,
    questions: questions.length,
    gone: questions.filter(({ isGone }) => isGone).length / questions.length,
    auc: auc(head),
    alone: Object.fromEntries(areas),
    calibrationError: calibrationError(head),
  };
}

/** Of a feature that is high for who stays as of one that is high for who goes. */
function eitherWay(area: number): number {
  return Math.max(area, 1 - area);
}
