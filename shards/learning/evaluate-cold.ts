import { writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { runCommand } from '../../metrics/process/command-line.js';
import { defineOptions, type OptionValues } from '../../metrics/process/options.js';
import { startProgress } from '../../metrics/process/progress.js';
import { StartupError } from '../../metrics/process/startup-error.js';
import { loadBundle, type Bundle } from '../../model/bundle/bundle.js';
import type { Item } from '../../model/catalogue/shared-catalogue.js';
import { AttributeMatching } from '../../model/eval/baselines/attribute-matching.js';
import { Popularity } from '../../model/eval/baselines/popularity.js';
import { NeighbourScorer } from '../../model/scorer/neighbour-scorer.js';
import { createSharedVectors } from '../../model/kernel/shared-vectors.js';
import { sessionsUntil, lastClickMs } from '../../model/train/data/dataset.js';
import { readInteractions, type Interactions } from '../../model/train/data/readers/interactions.js';
import {
  COLD_LENGTHS,
  coldBaseline,
  coldServing,
  type ColdData,
  type ColdEvaluation,
} from './cold/cold-methods.js';
import { ColdQuestions } from './cold/cold-questions.js';
import { ColdReport } from './cold/cold-report.js';
import { evaluatedOptions } from './evaluation/evaluated-options.js';
import { questionCount } from './evaluation/evaluation.js';
import { itemReader } from './serving/item-reader-option.js';
import { loadModel, loadable, type LoadedModel } from './serving/loaded-model.js';
import { newUserPopularity, newUserRecall } from './cold/new-users.js';
import { ServingPath } from './serving/serving-path.js';
const coldOptions = defineOptions({
  ...evaluatedOptions,
  before: {
    schema: z.iso.datetime().optional(),
    fallback: undefined,
    help: 'Last moment of the sessions asked about; the end of the data when absent.',
  },
});

const USAGE = `npm run evaluate:cold -- [flags]

Asks for items that the bundle has never seen: after how many of the clicks just before a shopper's first purchase of such an item
was it in the list of ${COLD_LENGTHS.join(', in the list of ')} of all items? Then for shoppers of whom nothing is known. Recall in percent, of the serving path
and of others. Exit code 2 for bad arguments.`;

async function evaluateCold(config: OptionValues<typeof coldOptions>): Promise<number> {
  const bundle = await loadBundle(config.bundle);
  const interactions = await readInteractions(config.data, false, config);
  const evaluation = coldEvaluationOf(bundle, interactions, config.before);
  const report = new ColdReport(bundle.manifest, evaluation);
  const reader = itemReader(config.encoder);
  for (const learns of [false, true]) {
    const model = await loadModel({ ...loadable(bundle), items: withVectors(bundle, interactions) }, reader);
    for (const k of COLD_LENGTHS) {
      const asked = { ...evaluation, learns, k };
      addBaselines(report, asked, interactions.items);
      await addItems(report, 'no model', withoutModel(model), asked);
      await addItems(report, 'afterclick', model, asked);
    }
    if (learns) await addUsers(report, model, evaluation, interactions.items);
    model.scorer.close();
  }
  reader?.close();
  process.stdout.write(report.table());
  if (config.json !== undefined) await writeFile(config.json, `${JSON.stringify(report.json(), null, 2)}\n`);
  return 0;
}

function coldEvaluationOf(bundle: Bundle, { dataset }: Interactions, before: string | undefined): ColdData {
  const { until } = bundle.manifest.training;
  if (until === null || dataset.timeMs === null) {
    const advice = 'evaluate one that was trained on data with times';
    throw new StartupError('data_unreadable', [`${bundle.folder}: without times no item is new; ${advice}`]);
  }
  const history = sessionsUntil(dataset, until);
  const { to } = sessionsUntil(dataset, before === undefined ? Infinity : Date.parse(before));
  const test = { from: history.to, to: Math.max(history.to, to) };
  return { dataset, history, test, questions: new ColdQuestions(dataset, history, test) };
}

/** The bundle's items with the vectors that the data has of them, as a shop gives them to a gateway. */
function withVectors({ items }: Bundle, { items: known }: Interactions): Item[] {
  const told = new Map(known.map((item) => [item.id, item]));
  return items.map((item) => {
    const { vector, vectors } = told.get(item.id) ?? {};
    return { ...item, ...(vector && { vector }), ...(vectors && { vectors }) };
  });
}

function addBaselines(report: ColdReport, asked: ColdEvaluation, items: readonly Item[]): void {
  const { dataset } = asked;
  report.addItems('popularity', asked, coldBaseline(new Popularity(dataset), asked));
  report.addItems('attribute matching', asked, coldBaseline(new AttributeMatching(dataset, items), asked));
}

async function addItems(
  report: ColdReport,
  name: string,
  model: LoadedModel,
  asked: ColdEvaluation,
): Promise<void> {
  const { dataset, test } = asked;
  const items = startProgress(`${name}, new items`, questionCount(dataset, test));
  const { lists, scan, newItemsInList } = await coldServing(pathOf(model, asked), asked, (count) =>
    items.update(count, ''),
  ).finally(() => items.stop());
  report.addItems(name, asked, lists, newItemsInList);
  if (name === 'afterclick') report.addItems('network, whole catalogue', asked, scan);
}

async function addUsers(
  report: ColdReport,
  model: LoadedModel,
  data: ColdData,
  items: readonly Item[],
): Promise<void> {
  report.addUsers('popularity', newUserPopularity(data, items));
  for (const [name, served] of [
    ['no model', withoutModel(model)],
    ['afterclick', model],
  ] as const) {
    const users = startProgress(`${name}, new users`, data.test.to - data.test.from);
    const recall = newUserRecall(pathOf(served, data), data, (count) => users.update(count, ''));
    report.addUsers(name, await recall.finally(() => users.stop()));
  }
}

/** A path that has learned nothing after the history. */
function pathOf(model: LoadedModel, { dataset, history }: ColdData): ServingPath {
  return new ServingPath(model, dataset, lastClickMs(dataset, history), 1);
}

/** The mode that serves when there is no bundle, with the bundle's history. */
function withoutModel(model: LoadedModel): LoadedModel {
  const vectors = createSharedVectors(model.catalogue.shared.itemMax, 1, 0);
  return { ...model, vectors, scorer: new NeighbourScorer() };
}

process.exitCode = await runCommand(USAGE, coldOptions, process.argv.slice(2), evaluateCold);
