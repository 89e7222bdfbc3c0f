import { writeFile } from 'node:fs/promises';
import type { OptionValues } from '../metrics/process/options.js';
import { realClock } from '../metrics/process/clock.js';
import { runCommand } from '../metrics/process/command-line.js';
import { StartupError } from '../metrics/process/startup-error.js';
import { environment } from './load/environment.js';
import { httpReport, runHttpLoad } from './load/http-load.js';
import { runLoad } from './load/load-run.js';
import { loadtestOptions } from './load/load-options.js';
import { assertReachable } from './target/gateway-http.js';
import { startProgress } from '../metrics/process/progress.js';
import { loadReport } from './load/load-report.js';

const USAGE = `npm run loadtest -- [flags]

Offers clicks to a running gateway at a fixed rate and measures, from the time each click was due, when the list that knows it
came and when its ack came; with --http, calls and their answers. Exit code 1 when a click had no list or a call no answer, 2 for
bad arguments.`;

type Values = OptionValues<typeof loadtestOptions>;

async function socketLoad(config: Values): Promise<number> {
  const progress = startProgress('clicks', Math.round(config.rate * (config.seconds + config.warmup)));
  const result = await runLoad(config, realClock, progress).finally(() => progress.stop());
  process.stdout.write(`${loadReport(result)}\n`);
  await save(config, { kind: 'loadtest', result });
  return result.missingLists > 0 ? 1 : 0;
}

async function httpLoad(config: Values): Promise<number> {
  const progress = startProgress('calls', Math.round(config.rate * (config.seconds + config.warmup)));
  const plan = { ...config, call: config.call ?? 'recommend' };
  const result = await runHttpLoad(plan, realClock, progress).finally(() => progress.stop());
  process.stdout.write(`${httpReport(result)}\n`);
  await save(config, { kind: 'loadtest-http', result });
  return result.errors + result.not2xx > 0 ? 1 : 0;
}

async function save(config: Values, outcome: object): Promise<void> {
  if (config.json === undefined) return;
  const { json, ...flags } = config;
  await writeFile(
    json,
    `${JSON.stringify({ ...outcome, environment: environment(), config: flags }, null, 2)}\n`,
  );
}

process.exitCode = await runCommand(USAGE, loadtestOptions, process.argv.slice(2), async (config) => {
  if (config.call !== undefined && !config.http)
    throw new StartupError('bad_arguments', '--call names an HTTP call: add --http, or leave it out');
  await assertReachable(config.url);
  return config.http ? httpLoad(config) : socketLoad(config);
});
