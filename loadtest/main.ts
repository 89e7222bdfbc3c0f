import { writeFile } from 'node:fs/promises';
import type { OptionValues } from '../metrics/options.js';
import { realClock } from '../metrics/clock.js';
import { runCommand } from '../metrics/command-line.js';
import { environment } from './environment.js';
import { runLoad } from './load-run.js';
import { loadtestOptions } from './options.js';
import { assertReachable } from './reachable.js';
import { startProgress } from '../metrics/progress.js';
import { loadReport } from './report.js';

const USAGE = `npm run loadtest -- [flags]

Offers clicks to a running gateway at a fixed rate and measures, from the time each click was due, when the list that knows it
came and when its ack came. Exit code 1 when a click had no list, 2 for bad arguments.`;

type Values = OptionValues<typeof loadtestOptions>;

async function socketLoad(config: Values): Promise<number> {
  const progress = startProgress('clicks', Math.round(config.rate * (config.seconds + config.warmup)));
  const result = await runLoad(config, realClock, progress).finally(() => progress.stop());
  process.stdout.write(`${loadReport(result)}\n`);
  await save(config, { kind: 'loadtest', result });
  return result.missingLists > 0 ? 1 : 0;
}

async function httpLoad(config: Values): Promise<number> {
  // autocannon is a development dependency: the socket load must run without it.
  const { httpReport, runHttpLoad } = await import('./http.js');
  const result = await runHttpLoad(config);
  process.stdout.write(`${httpReport(result)}\n`);
  await save(config, { kind: 'loadtest-http', result });
  return result.errors + result.not2xx > 0 ? 1 : 0;
}

async function save(config: Values, outcome: object): Promise<void> {
  if (config.json === undefined) return;
  const { json, ...settings } = config;
  await writeFile(
    json,
    `${JSON.stringify({ ...outcome, environment: environment(), config: settings }, null, 2)}\n`,
  );
}

process.exitCode = await runCommand(USAGE, loadtestOptions, process.argv.slice(2), async (config) => {
  await assertReachable(config.url);
  return config.http ? httpLoad(config) : socketLoad(config);
});
