import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { runCommand } from '../../metrics/command-line.js';
import { defineOptions, type OptionValues } from '../../metrics/options.js';
import { startProgress } from '../../metrics/progress.js';
import { loadBundle, type Bundle } from '../../model/bundle.js';
import { modelOptions } from '../../model/options.js';
import { sessionCount, sessionsUntil } from '../../model/train/dataset.js';
import { readInteractions, type Interactions } from '../../model/train/readers/interactions.js';
import {
  evaluateBaselines,
  evaluateServing,
  questionCount,
  type Evaluation,
  type MethodResult,
} from './evaluate-methods.js';
import { loadModel, partsOf } from './loaded-model.js';
import { endOf } from './train-model.js';
import { ServingPath } from './serving-path.js';

const evaluateOptions = defineOptions({
  bundle: {
    schema: z.string().min(1),
    fallback: modelOptions.bundle.fallback,
    help: 'Bundle to evaluate; that of the demo shop when absent.',
  },
  data: {
    schema: z.string().min(1),
    fallback: join(modelOptions.bundle.fallback, 'source'),
    help: 'Folder with events.tsv.gz and items.tsv.gz, the data the bundle was trained on the earlier part of.',
  },
  sideBySide: {
    schema: z.coerce.number().int().min(1).max(64),
    fallback: 16,
    unit: 'sessions',
    help: 'Sessions driven side by side, as a busy shard batches them; 1 measures single queries.',
  },
  json: { schema: z.string().min(1).optional(), fallback: undefined, help: 'File for the figures.' },
});

const USAGE = `npm run evaluate -- [flags]

Asks the serving path, and baselines beside it, what comes next after every click of the sessions that the bundle was not trained
on: Recall@20, MRR@20 and others in percent. With times in the data everyone learns as the sessions go by, as a live
gateway does; without, nobody learns from what it is asked about. Exit code 2 for bad arguments.`;

function evaluationOf(bundle: Bundle, { dataset, test }: Interactions): Evaluation {
  const { until, data } = bundle.manifest.training;
  if (test !== undefined) return { dataset, history: { from: 0, to: test.from }, test, learns: false };
  if (until === null)
    throw new Error(`${data} has neither times nor test sessions: nothing is left to evaluate on`);
  const history = sessionsUntil(dataset, until);
  return { dataset, history, test: { from: history.to, to: sessionCount(dataset) }, learns: true };
}

async function evaluate(config: OptionValues<typeof evaluateOptions>): Promise<number> {
  const bundle = await loadBundle(config.bundle);
  const evaluation = evaluationOf(bundle, await readInteractions(config.data, true));
  const { dataset, history, test } = evaluation;
  const questions = questionCount(dataset, test);
  const model = await loadModel(partsOf(bundle));
  const path = new ServingPath(model, dataset, endOf(dataset, history), config.sideBySide);
  const bar = startProgress('questions', questions);
  const serving = await evaluateServing(path, evaluation, config.sideBySide, (asked) =>
    bar.update(asked, ''),
  );
  bar.stop();
  const methods = { ...evaluateBaselines(evaluation), ...serving };
  process.stdout.write(
    table(methods, `${dataset.name}: ${test.to - test.from} sessions, ${questions} questions`),
  );
  if (config.json !== undefined) {
    const { name, version } = bundle.manifest;
    await writeFile(
      config.json,
      `${JSON.stringify({ bundle: `${name}@${version}`, data: dataset.name, questions, methods }, null, 2)}\n`,
    );
  }
  return 0;
}

function table(methods: Record<string, MethodResult>, title: string): string {
  const columns = ['recall@20', 'mrr@20', 'ndcg@20', 'candidates', 'µs/query'];
  const cell = (value: number | undefined) => (value === undefined ? '–' : String(value)).padStart(11);
  const lines = Object.entries(methods).map(
    ([name, result]) => name.padEnd(20) + columns.map((column) => cell(result[column])).join(''),
  );
  return [title, ''.padEnd(20) + columns.map((column) => column.padStart(11)).join(''), ...lines, ''].join(
    '\n',
  );
}

process.exitCode = await runCommand(USAGE, evaluateOptions, process.argv.slice(2), evaluate);
