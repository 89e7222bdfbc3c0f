import { writeFile } from 'node:fs/promises';
import { runCommand } from '../../metrics/process/command-line.js';
import { defineOptions, type OptionValues } from '../../metrics/process/options.js';
import { StartupError } from '../../metrics/process/startup-error.js';
import { sessionsUntil } from '../../model/train/data/dataset.js';
import { readInteractions } from '../../model/train/data/readers/interactions.js';
import { evaluatedOptions } from './evaluation/evaluated-options.js';
import { judgeKinds, KINDS_K, type KindFigures } from './kinds/judge-kinds.js';
import { linkKinds } from './kinds/link-kinds.js';
import { apart, itemsOfKinds } from './kinds/split-kinds.js';
import { TrainingProgress } from './progress/training-progress.js';
import { TrainingStages } from './progress/training-stages.js';
import { itemReader } from './serving/item-reader-option.js';
import { loadModel } from './serving/loaded-model.js';
import { plannedStages, trainModel } from './training/train-model.js';
import { DEMO_UNTIL, trainOptions } from './training/train-options.js';

const { bundle: _bundle, ...evaluated } = evaluatedOptions;
const kindOptions = defineOptions({
  ...evaluated,
  until: {
    ...trainOptions.until,
    fallback: DEMO_UNTIL,
    help: 'Last moment that is learned from; later sessions are asked about.',
  },
  epochs: trainOptions.epochs,
});

const USAGE = `npm run evaluate:kinds -- [flags]

Deals the items out into two kinds and takes the sessions apart, so that no click joins the kinds; trains a model on that. Then shows
it what later sessions hold of the one kind, and asks for the other: how much of what they hold of it is among the first ${KINDS_K} of that
kind, beside popularity, and without the links that texts make. Exit code 2 for bad arguments.`;

const nowMs = () => performance.now();

async function evaluateKinds(config: OptionValues<typeof kindOptions>): Promise<number> {
  const { dataset, items } = await readInteractions(config.data, false, config);
  const until = Date.parse(config.until ?? DEMO_UNTIL);
  const reader = itemReader(config.encoder);
  if (reader === undefined)
    throw new StartupError('bad_arguments', '--encoder: kinds are joined by their texts, so one is needed');
  const split = apart(dataset);
  const sources = {
    dataset: split,
    items: itemsOfKinds(items),
    recipe: { name: 'kinds', version: '1', options: { epochs: config.epochs ?? 4 }, learns: true },
    reader,
  };
  const range = sessionsUntil(split, until);
  const progress = new TrainingProgress(plannedStages(sources, range), process.stderr, nowMs);
  const signal = new AbortController().signal;
  const bundle = await trainModel(
    sources,
    range,
    new TrainingStages({ folder: undefined, progress, signal, nowMs }),
  );
  const model = await loadModel(bundle, reader);
  await linkKinds(model.catalogue, reader);
  const figures = await judgeKinds({ dataset, history: sessionsUntil(dataset, until), model });
  model.scorer.close();
  reader.close();
  process.stdout.write(tableOf(figures));
  if (config.json !== undefined) await writeFile(config.json, `${JSON.stringify(figures, null, 2)}\n`);
  return 0;
}

function tableOf({ sessions, purchases, methods }: KindFigures): string {
  const lines = Object.entries(methods).map(
    ([method, percent]) => `${method.padEnd(24)}${percent.toFixed(2).padStart(6)} %`,
  );
  return `${purchases} clicks on the other kind, in ${sessions} sessions, among the first ${KINDS_K}\n${lines.join('\n')}\n`;
}

process.exitCode = await runCommand(USAGE, kindOptions, process.argv.slice(2), evaluateKinds);
