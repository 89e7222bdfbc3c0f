import { writeFile } from 'node:fs/promises';
import type { OptionValues } from '../metrics/process/options.js';
import { realClock } from '../metrics/process/clock.js';
import { runCommand } from '../metrics/process/command-line.js';
import { environment } from './load/environment.js';
import { runLoad } from './load/load-run.js';
import { loadtestOptions } from './load/load-options.js';
import { assertReachable } from './target/gateway-http.js';
import { startProgress } from '../metrics/process/progress.js';
import { loadReport } from './load/load-report.js';

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
  const { httpReport, runHttpLoad } = await import('./load/http-load.js');
  const result = await runHttpLoad(config);
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
  await assertReachable(config.url);
  return config.http ? httpLoad(config) : socketLoad(config);
});
