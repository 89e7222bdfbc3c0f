import { askBaseline, learnRange, type Baseline } from '../../../model/eval/baselines/baseline.js';
import { ItemKnn } from '../../../model/eval/baselines/item-knn.js';
import { Markov } from '../../../model/eval/baselines/markov.js';
import {
  LIST_LENGTH,
  MethodBoard,
  type BoardContext,
  type MeasuredMethod,
} from '../../../model/eval/method-board.js';
import { Popularity } from '../../../model/eval/baselines/popularity.js';
import { SessionPopularity } from '../../../model/eval/baselines/session-popularity.js';
import type { VmisKnnOptions } from '../../../model/eval/baselines/vmis-knn.js';
import type { StageListener } from '../progress/stage-bars.js';
import { questionCount, type Evaluation } from './evaluation.js';
import { tunedVmisKnn } from './tuned-knn.js';

export interface BaselineResults {
  readonly methods: readonly MeasuredMethod[];
  /** What VMIS-kNN was tuned to. */
  readonly tuning: VmisKnnOptions;
}

/** All baselines on the same questions. A baseline answers one question at a time: both its times are the same. */
export function evaluateBaselines(
  evaluation: Evaluation,
  context: BoardContext,
  told: StageListener,
): BaselineResults {
  const { dataset, history, learns } = evaluation;
  const knn = tunedVmisKnn(dataset, history, learns, (share) => told('tuning VMIS-kNN', share));
  const baselines = [
    new Popularity(dataset),
    new SessionPopularity(dataset),
    new ItemKnn(dataset),
    new Markov(dataset),
    knn,
  ];
  return {
    methods: baselines.map((baseline) => measured(baseline, evaluation, context, told)),
    tuning: knn.options,
  };
}

function measured(
  baseline: Baseline,
  { dataset, history, test, learns }: Evaluation,
  context: BoardContext,
  told: StageListener,
): MeasuredMethod {
  const board = new MethodBoard(context);
  learnRange(baseline, history);
  const answersMs = askBaseline(
    baseline,
    { dataset, range: test, k: LIST_LENGTH, learns },
    (session, click, list) => {
      board.add(session, list, dataset.item[click + 1]);
      told(baseline.name, (session - test.from) / (test.to - test.from));
    },
  );
  const us = (1_000 * answersMs) / questionCount(dataset, test);
  return { name: baseline.name, board, extra: { 'µs/query': round(us), 'µs/query single': round(us) } };
}

/** Three digits say enough of a time. */
function round(us: number): number {
  return Number(us.toPrecision(3));
}
