import type { Bundle } from '../../../model/bundle/bundle.js';
import type { BoardContext } from '../../../model/eval/method-board.js';
import { itemCounts } from '../../../model/train/data/dataset.js';
import type { Interactions } from '../../../model/train/data/readers/interactions.js';
import { evaluateBaselines, type StageListener } from './evaluate-baselines.js';
import { ServingJudge, WHOLE } from './evaluate-serving.js';
import { evaluationIntervals } from './evaluation-intervals.js';
import type { EvaluationReport } from './evaluation-report.js';
import { evaluationOf, questionCount, type Evaluation } from './evaluation.js';
import { withItemsOf } from './items-of-data.js';
import { loadModel, partsOf, type LoadedModel } from '../serving/loaded-model.js';
import type { MeasuredMethod } from './measured-method.js';
import { NetworkScan } from './network-scan.js';
import { rankerWithoutModel } from './ranker-without-model.js';
import { ServingPath } from '../serving/serving-path.js';
import { servingTimes } from './serving-times.js';
import { endOf } from '../training/train-model.js';

const BASELINE = 'VMIS-kNN';
/**
 * Sessions side by side while lists are judged. Where everybody learns it has to be one: the baselines learn a session
 * before they see the next.
 */
const SIDE_BY_SIDE = 32;
/** Sessions between two scans of the catalogue. */
const CHUNK = 1_024;

/** Everything about a bundle on some data: all methods on the same questions, in the data's protocol. */
export async function evaluateBundle(
  bundle: Bundle,
  folder: Interactions,
  folderName: string,
  told: StageListener,
): Promise<EvaluationReport> {
  const parts = withItemsOf(partsOf(bundle), folder.items, folderName);
  const evaluation = evaluationOf(bundle.manifest, folder);
  const { dataset, history, test, learns } = evaluation;
  const vectors = { vectors: parts.vectors, width: parts.width };
  const context = { test, clicks: itemCounts(dataset, history), vectors };
  const model = await loadModel(parts);
  const serving = await evaluateServing(model, evaluation, context, told);
  const { methods: baselines, tuning } = evaluateBaselines(evaluation, context, told);
  model.scorer.close();
  const methods = [...baselines, ...serving];
  return {
    bundle: `${bundle.manifest.name}@${bundle.manifest.version}`,
    data: dataset.name,
    protocol: learns ? 'time-ordered' : 'test sessions',
    sessions: test.to - test.from,
    questions: questionCount(dataset, test),
    methods: Object.fromEntries(
      methods.map(({ name, board, extra }) => [name, { ...board.percent(), ...extra }]),
    ),
    ...evaluationIntervals(methods, WHOLE, BASELINE),
    tuning,
  };
}

/** The serving path and what it is made of: the whole, its network, its re-ranker without the network. */
async function evaluateServing(
  model: LoadedModel,
  evaluation: Evaluation,
  context: BoardContext,
  told: StageListener,
): Promise<readonly MeasuredMethod[]> {
  const { dataset, history, test, learns } = evaluation;
  const questions = questionCount(dataset, test);
  const scoring = await rankerWithoutModel(model, evaluation, (share) =>
    told('fitting the re-ranker without model', share),
  );
  const sideBySide = learns ? 1 : SIDE_BY_SIDE;
  const path = new ServingPath(model, dataset, endOf(dataset, history), sideBySide);
  const judge = new ServingJudge(path, dataset, context, scoring);
  const scan = await NetworkScan.open(dataset, context, questions);
  for (let from = test.from; from < test.to; from += CHUNK) {
    await path.drive(
      { from, to: Math.min(from + CHUNK, test.to) },
      { learns, k: 20, sideBySide },
      {
        list: (question, items) => {
          judge.list(question, items);
          told(WHOLE, judge.asked / questions);
        },
        scored: (question, scored, interest) => {
          judge.scored(question, scored);
          scan?.scored(question, scored, interest);
        },
      },
    );
    await scan?.flush();
  }
  scan?.close();
  const scanned = scan === undefined ? [] : [scan.method()];
  return [...scanned, ...judge.methods(await servingTimes(model, evaluation))];
}
