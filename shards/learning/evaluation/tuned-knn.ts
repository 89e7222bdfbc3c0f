import { evaluateBaseline, learnRange } from '../../../model/eval/baselines/baseline.js';
import { VMIS_KNN_DEFAULTS, VmisKnn, type VmisKnnOptions } from '../../../model/eval/baselines/vmis-knn.js';
import { clickCount, type Dataset, type SessionRange } from '../../../model/train/data/dataset.js';

/** Values tried, one option at a time; what matters most comes first. */
const GRID: { readonly [K in keyof VmisKnnOptions]: readonly VmisKnnOptions[K][] } = {
  repeats: [true, false],
  clicks: [1, 2, 3, 5, 10, 50],
  sample: [50, 100, 200, 500, 1_000],
  neighbours: [50, 100, 200, 500, 1_000],
  positionPower: [0.5, 1, 2],
  similarityIdf: [0, 1, 2, 3],
  scoreIdf: [0, 1, 2],
};
/** Times through all options. */
const ROUNDS = 2;

/** Share of the history, its end, that the choice is made on, and questions of it at most and at least. */
const CHOICE_SHARE = 0.1;
const QUESTIONS_MAX = 10_000;
const QUESTIONS_MIN = 2_000;
/** Items of neighbour sessions that may be counted for each setting: a question in long sessions takes longer. */
const VOTES = 20_000_000;

/** Told how far the tuning is, 0..1. */
export type TuningProgress = (share: number) => void;

/**
 * VMIS-kNN with the options that are best on the end of the history, by Recall@20 × MRR@20: neither figure is bought with
 * the other. Each option in turn gets its best value with the others as they are, twice round. `learns` as in the test. The
 * result has learned nothing yet.
 */
export function tunedVmisKnn(
  dataset: Dataset,
  history: SessionRange,
  learns: boolean,
  told: TuningProgress = () => {},
): VmisKnn {
  const choice = choiceRange(dataset, history);
  const known = new Map<string, number>();
  const learned = (options: VmisKnnOptions): VmisKnn => {
    const candidate = new VmisKnn(dataset, options);
    learnRange(candidate, { from: history.from, to: choice.from });
    return candidate;
  };
  const quality = (options: VmisKnnOptions): number => {
    const key = JSON.stringify(options);
    const value = known.get(key) ?? qualityOf(learned(options), dataset, choice, learns);
    known.set(key, value);
    told(known.size / settingCount());
    return value;
  };
  let best = VMIS_KNN_DEFAULTS;
  for (let round = 0; round < ROUNDS; round++)
    for (const option of Object.keys(GRID) as (keyof VmisKnnOptions)[])
      best = bestOf(
        GRID[option].map((value) => ({ ...best, [option]: value })),
        best,
        quality,
      );
  return new VmisKnn(dataset, best);
}

/** The first of the best settings; `current` unless one is better. */
function bestOf(
  settings: readonly VmisKnnOptions[],
  current: VmisKnnOptions,
  quality: (options: VmisKnnOptions) => number,
): VmisKnnOptions {
  return settings.reduce((best, setting) => (quality(setting) > quality(best) ? setting : best), current);
}

function qualityOf(candidate: VmisKnn, dataset: Dataset, choice: SessionRange, learns: boolean): number {
  const figures = evaluateBaseline(candidate, dataset, choice, { learns });
  return (figures['recall@20'] ?? 0) * (figures['mrr@20'] ?? 0);
}

/** The last sessions of the history that hold as many questions as the choice may take. */
function choiceRange(dataset: Dataset, { from, to }: SessionRange): SessionRange {
  const { start } = dataset;
  const least = from + Math.floor((to - from) * (1 - CHOICE_SHARE));
  const wanted = questionsFor(dataset, { from, to });
  let border = to;
  for (let questions = 0; border > least && questions < wanted; border--)
    questions += start[border] - start[border - 1] - 1;
  return { from: border, to };
}

function questionsFor(dataset: Dataset, range: SessionRange): number {
  const votes = VMIS_KNN_DEFAULTS.neighbours * lengthMet(dataset, range);
  return Math.max(QUESTIONS_MIN, Math.min(QUESTIONS_MAX, Math.round(VOTES / votes)));
}

/** Mean length of the session that a click belongs to: longer than that of a session, as longer ones are met more often. */
function lengthMet(dataset: Dataset, range: SessionRange): number {
  const { start } = dataset;
  let squares = 0;
  for (let session = range.from; session < range.to; session++)
    squares += (start[session + 1] - start[session]) ** 2;
  return squares / Math.max(1, clickCount(dataset, range));
}

/** Settings tried when every round changes something; most are known from before. */
function settingCount(): number {
  return ROUNDS * Object.values(GRID).reduce((sum, values) => sum + values.length - 1, 0);
}
