import { writeFile } from 'node:fs/promises';
import type { OptionValues } from '../metrics/process/options.js';
import { realClock } from '../metrics/process/clock.js';
import { runCommand } from '../metrics/process/command-line.js';
import { StartupError } from '../metrics/process/startup-error.js';
import { environment } from './load/environment.js';
import { CallBodies, sampleItems } from './load/call-bodies.js';
import { runClosedLoop } from './load/closed-loop.js';
import { failures, findHighestRate } from './load/highest-rate.js';
import { httpReport, runHttpLoad, runName } from './load/http-load.js';
import { runLoad } from './load/load-run.js';
import { loadtestOptions } from './load/load-options.js';
import { assertReachable } from './target/gateway-http.js';
import { startProgress } from '../metrics/process/progress.js';
import { loadReport } from './load/load-report.js';
import { climbReport, stepHead, stepLine } from './load/rate-report.js';

const USAGE = `npm run loadtest -- [flags]

Offers clicks to a running gateway at a fixed rate and measures, from the time each click was due, when the list that knows it
came and when its ack came; with --http, calls and their answers; with --http --max, no rate: more and more connections, until the
rate of calls no longer rises or p99 passes a bound. Exit code 1 when a click had no list, a call no answer, or no rate was found,
2 for bad arguments.`;

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

async function httpMax(config: Values): Promise<number> {
  const { url, connections, seed, k, warmup, seconds, p99MaxMs, call = 'recommend' } = config;
  const items = await sampleItems(url);
  const bodies = new CallBodies({ call, shoppers: connections, seed, k }, items, runName(realClock));
  const bounds = { connectionsMax: connections, p99MaxMs };
  const say = (line: string): boolean => process.stdout.write(`${line}\n`);
  say(`POST /v1/${call}\n${stepHead()}`);
  const measure = (count: number) =>
    runClosedLoop(
      { url: new URL(`/v1/${call}`, url), connections: count, warmup, seconds },
      bodies,
      realClock,
    );
  const result = await findHighestRate(measure, bounds, (step) => say(stepLine(step)));
  say(climbReport(result, bounds));
  await save(config, { kind: 'loadtest-http-max', result: { call, ...result } });
  return result.best === undefined || result.steps.some((step) => failures(step) > 0) ? 1 : 0;
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
  if (config.max && !config.http)
    throw new StartupError(
      'bad_arguments',
      '--max finds the highest rate of HTTP calls: add --http, or leave it out',
    );
  await assertReachable(config.url);
  if (config.max) return httpMax(config);
  return config.http ? httpLoad(config) : socketLoad(config);
});
