import { writeFile } from 'node:fs/promises';
import { runCommand } from '../../metrics/process/command-line.js';
import { defineOptions, type OptionValues } from '../../metrics/process/options.js';
import { StartupError } from '../../metrics/process/startup-error.js';
import { readInteractions } from '../../model/train/data/readers/interactions.js';
import { evaluatedOptions } from './evaluation/evaluated-options.js';
import { judgeReturns, type ReturnFigures } from './evaluation/judge-returns.js';

const { bundle: _bundle, encoder: _encoder, ...returnOptions } = evaluatedOptions;
const options = defineOptions(returnOptions);

const USAGE = `npm run evaluate:returns -- [flags]

Learns who does not come back from the earlier part of some data, and asks about everybody once a week in the last six weeks of which it
is known: area under the ROC curve and calibration for each horizon, beside each single feature. Exit code 2 for bad arguments.`;

async function evaluateReturns(config: OptionValues<typeof options>): Promise<number> {
  const { dataset } = await readInteractions(config.data, false, config);
  const figures = judgeReturns(dataset);
  if (figures.length === 0)
    throw new StartupError(
      'bad_arguments',
      '--data: too short, or without users or times: nothing tells who comes back',
    );
  process.stdout.write(figures.map(tableOf).join('\n'));
  if (config.json !== undefined) await writeFile(config.json, `${JSON.stringify(figures, null, 2)}\n`);
  return 0;
}

function tableOf({ days, questions, gone, auc, calibrationError, alone }: ReturnFigures): string {
  const line = (name: string, value: number): string => `${name.padEnd(24)}${value.toFixed(3).padStart(6)}\n`;
  const features = Object.entries(alone).sort(([, a], [, b]) => b - a);
  return [
    `${questions} questions, who is gone ${days} days after; of all it is ${(100 * gone).toFixed(1)} %\n`,
    line('the head, AUC', auc),
    ...features.map(([name, value]) => line(name, value)),
    line('calibration error', calibrationError),
  ].join('');
}

process.exitCode = await runCommand(USAGE, options, process.argv.slice(2), evaluateReturns);
