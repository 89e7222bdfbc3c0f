import type { Bundle } from '../../../model/bundle/bundle.js';
import type { BoardContext, MeasuredMethod } from '../../../model/eval/method-board.js';
import { itemCounts, lastClickMs } from '../../../model/train/data/dataset.js';
import type { Interactions } from '../../../model/train/data/readers/interactions.js';
import { evaluateBaselines } from './evaluate-baselines.js';
import { ServingJudge, WHOLE } from './evaluate-serving.js';
import { evaluationIntervals } from './evaluation-intervals.js';
import type { EvaluationReport } from './evaluation-report.js';
import { evaluationOf, questionCount, type Evaluation } from './evaluation.js';
import { loadModel, loadable, type LoadedModel, type LoadableBundle } from '../serving/loaded-model.js';
import { NetworkScan } from './network-scan.js';
import { rankerWithoutModel } from './ranker-without-model.js';
import type { ContentReader } from '../../../model/encoder/item-reader.js';
import type { StageListener } from '../progress/stage-bars.js';
import { ServingPath } from '../serving/serving-path.js';
import { SIDE_BY_SIDE } from '../training/train-model.js';
import { servingTimes } from './serving-times.js';
import { StartupError } from '../../../metrics/process/startup-error.js';
import type { Item } from '../../../model/catalogue/shared-catalogue.js';

const BASELINE = 'VMIS-kNN';
/** Sessions between two scans of the catalogue. */
const CHUNK = 1_024;

/** Everything about a bundle on some data: all methods on the same questions, in the data's protocol. */
export async function evaluateBundle(
  bundle: Bundle,
  folder: Interactions & { readonly name: string },
  told: StageListener,
  reader?: ContentReader,
): Promise<EvaluationReport> {
  const known = withItemsOf(loadable(bundle), folder.items, folder.name);
  const evaluation = evaluationOf(bundle.manifest, folder);
  const { dataset, history, test, learns } = evaluation;
  const vectors = { vectors: known.vectors, width: known.width };
  const context = { test, clicks: itemCounts(dataset, history), vectors };
  const model = await loadModel(known, reader);
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
  // Where everybody learns it has to be one at a time: the baselines learn a session before they see the next.
  const sideBySide = learns ? 1 : SIDE_BY_SIDE;
  const path = new ServingPath(model, dataset, lastClickMs(dataset, history), sideBySide);
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

/**
 * A bundle with the catalogue of the data: items that came after the bundle was made are appended, without vector
 * and neighbours, as a shop would put them into the catalogue of a running gateway. Throws `StartupError` when the data
 * has other items than the bundle, or another order of them.
 */
export function withItemsOf(bundle: LoadableBundle, items: readonly Item[], folder: string): LoadableBundle {
  const known = bundle.items.length;
  const differing = bundle.items.findIndex(({ id }, row) => items[row]?.id !== id);
  if (differing >= 0) {
    throw new StartupError('bundle_of_other_data', [
      `item ${differing} of the bundle is "${bundle.items[differing].id}", of ${folder} "${items[differing]?.id ?? 'none'}": the bundle was trained on other data; name that with --data, or train on this with npm run train`,
    ]);
  }
  if (items.length === known) return bundle;
  const similarCount = bundle.similar.length / Math.max(1, known);
  const vectors = new Float32Array(items.length * bundle.width);
  const similar = new Int32Array(items.length * similarCount).fill(-1);
  vectors.set(bundle.vectors);
  similar.set(bundle.similar);
  return { ...bundle, items, vectors, similar };
}
