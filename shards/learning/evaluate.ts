import { writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { runCommand } from '../../metrics/process/command-line.js';
import { defineOptions, type OptionValues } from '../../metrics/process/options.js';
import { loadBundle } from '../../model/bundle/bundle.js';
import { readInteractions } from '../../model/train/data/readers/interactions.js';
import { evaluateBundle } from './evaluation/evaluate-bundle.js';
import { evaluatedOptions } from './evaluation/evaluated-options.js';
import { reportPicture } from './evaluation/evaluation-picture.js';
import { reportTable } from './evaluation/evaluation-report.js';
import { itemReader } from './serving/item-reader-option.js';
import { stageBars } from './progress/stage-bars.js';

const evaluateOptions = defineOptions({
  ...evaluatedOptions,
  picture: {
    schema: z.string().min(1).optional(),
    fallback: undefined,
    isOutputFile: true,
    help: 'SVG file for a picture of Recall@20 and MRR@20.',
  },
});

const USAGE = `npm run evaluate -- [flags]

Asks the serving path, and baselines beside it, what comes next after every click of the sessions that the bundle was not trained
on: Recall@20, MRR@20 and others in percent. With times in the data everyone learns as the sessions go by, as a live
gateway does; without, nobody learns from what it is asked about. Exit code 2 for bad arguments.`;

async function evaluate(config: OptionValues<typeof evaluateOptions>): Promise<number> {
  const bundle = await loadBundle(config.bundle);
  const interactions = await readInteractions(config.data, true, config);
  process.stderr.write(`${interactions.report.text().join('\n')}\n`);
  const bars = stageBars();
  const reader = itemReader(config.encoder);
  const report = await evaluateBundle(
    bundle,
    { ...interactions, name: config.data },
    bars.told,
    reader,
  ).finally(() => bars.stop());
  reader?.close();
  process.stdout.write(reportTable(report));
  if (config.json !== undefined) await writeFile(config.json, `${JSON.stringify(report, null, 2)}\n`);
  if (config.picture !== undefined) await writeFile(config.picture, reportPicture(report));
  return 0;
}

process.exitCode = await runCommand(USAGE, evaluateOptions, process.argv.slice(2), evaluate);
