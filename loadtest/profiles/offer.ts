import type { Clock } from '../../metrics/process/clock.js';
import type { Progress } from '../../metrics/process/progress.js';
import { CallBodies, sampleItems } from '../load/call-bodies.js';
import { runClosedLoop } from '../load/closed-loop.js';
import { failures, findHighestRate } from '../load/highest-rate.js';
import { runHttpLoad, runName, type HttpLoadPlan, type HttpLoadResult } from '../load/http-load.js';
import { findKnee, type KneeStep } from '../load/knee.js';
import type { Limit } from '../load/limit.js';
import { runLoad, type LoadPlan } from '../load/load-run.js';
import type { LoadResult } from '../load/load-result.js';
import { httpReport } from '../report/http-report.js';
import { kneeReport, kneeStepLine } from '../report/knee-report.js';
import { loadReport } from '../report/load-report.js';
import type { RunReport } from '../report/page-model.js';
import { climbReport, stepHead, stepLine } from '../report/rate-report.js';
import type { Figures } from '../report/slo.js';
import { dueIn, type RateShape } from '../stream/rate-shape.js';
import { runLoadParts } from './load-parts.js';
import { PROFILES } from './profile.js';
import { readClicked, socketPlan, type Settled } from './socket-load.js';

/** What came of a run. */
export interface Outcome {
  readonly kind: string;
  /** For people. */
  readonly text: string;
  /** For the file of JSON. */
  readonly result: object;
  /** For promises. */
  readonly figures: Figures;
  /** True when every click and every call was answered, or a rate was found. */
  readonly isWhole: boolean;
  readonly limit?: Limit;
  /** For the page. */
  readonly parts: Pick<RunReport, 'clicks' | 'calls' | 'knee' | 'burst'>;
}

/** Whom a run talks to while it runs. */
export interface Listener {
  readonly say: (line: string) => void;
  readonly startProgress: (label: string, total: number) => Progress;
}

const SILENT: Progress = { update: () => {}, stop: () => {} };
/** Part of the time of `ads` in which calls follow answers. */
const BURST_SHARE = 0.2;

/** Offers what the flags ask for. */
export async function offer(config: Settled, clock: Clock, listener: Listener): Promise<Outcome> {
  if (config.max) return highest(config, clock, listener);
  if (config.profile === 'ramp') return ramp(config, clock, listener);
  if (config.http || config.profile === 'ads') return calls(config, clock, listener);
  return clicks(config, clock, listener);
}

async function clicks(config: Settled, clock: Clock, { say, startProgress }: Listener): Promise<Outcome> {
  const startShown = (shape: RateShape): Progress => startProgress('clicks', Math.round(dueIn(shape)));
  const result =
    config.processes > 1
      ? await shown(startShown(PROFILES[config.profile].shape(config)), (progress) =>
          runLoadParts(config, clock, progress),
        )
      : await oneProcess(
          socketPlan(config, await readClicked(config, say), shoppersOf(clock)),
          clock,
          startShown,
        );
  return {
    kind: config.profile,
    text: loadReport(result),
    result,
    figures: clickFigures(result),
    isWhole: result.missingLists === 0,
    limit: result.limit,
    parts: { clicks: result },
  };
}

/** What names of shoppers of a run begin with. */
function shoppersOf(clock: Clock): string {
  return `load-${runName(clock)}`;
}

function oneProcess(
  plan: LoadPlan,
  clock: Clock,
  startShown: (shape: RateShape) => Progress,
): Promise<LoadResult> {
  return shown(startShown(plan.shape), (progress) => runLoad(plan, clock, progress));
}

function shown<T>(progress: Progress, run: (progress: Progress) => Promise<T>): Promise<T> {
  return run(progress).finally(() => progress.stop());
}

async function calls(config: Settled, clock: Clock, { startProgress }: Listener): Promise<Outcome> {
  const isAds = config.profile === 'ads';
  const plan = httpPlan(config);
  const progress = startProgress('calls', Math.round(dueIn(plan.shape)));
  const result = await runHttpLoad(plan, clock, progress).finally(() => progress.stop());
  const burst = isAds ? await closedLoop(config, clock, config.seconds * BURST_SHARE) : undefined;
  const failed = result.errors + result.not2xx + (burst === undefined ? 0 : failures(burst));
  const words = burst === undefined ? [] : ['', 'as fast as answers come:', stepHead(), stepLine(burst)];
  return {
    kind: isAds ? 'ads' : `http ${plan.call}`,
    text: [httpReport(result), ...words].join('\n'),
    result: { ...result, ...(burst !== undefined && { burst }) },
    figures: { ...callFigures(result), errors: failed },
    isWhole: failed === 0,
    limit: result.limit,
    parts: { calls: result, ...(burst !== undefined && { burst }) },
  };
}

function httpPlan(config: Settled): HttpLoadPlan {
  const call = config.profile === 'ads' ? 'rank' : (config.call ?? 'recommend');
  return { ...config, call, shape: PROFILES[config.profile].shape(config), watchSec: config.watch };
}

async function closedLoop(config: Settled, clock: Clock, seconds: number) {
  const { url, connections, seed, k, candidates } = config;
  const items = await sampleItems(url, candidates);
  const bodies = new CallBodies({ call: 'rank', shoppers: connections, seed, k }, items, runName(clock));
  return runClosedLoop({ url: new URL('/v1/rank', url), connections, warmup: 0, seconds }, bodies, clock);
}

async function ramp(config: Settled, clock: Clock, { say }: Listener): Promise<Outcome> {
  const clicked = config.http ? undefined : await readClicked(config, say);
  const measure = async (rate: number, seconds: number): Promise<KneeStep> => {
    const step = { ...config, rate, seconds, watch: 0 };
    if (clicked !== undefined)
      return clickStep(await runLoad(socketPlan(step, clicked, shoppersOf(clock)), clock, SILENT), step);
    return callStep(await runHttpLoad(httpPlan(step), clock, SILENT), step);
  };
  const bounds = { fromPerSec: config.rate, p99MaxMs: config.p99MaxMs, seconds: config.seconds };
  const knee = await findKnee(measure, bounds, (step, problem) => say(kneeStepLine(step, problem)));
  const { best } = knee;
  return {
    kind: config.http ? `ramp of ${config.call ?? 'recommend'}` : 'ramp',
    text: kneeReport(knee, config.p99MaxMs),
    result: knee,
    figures: best === undefined ? {} : { p50: best.p50, p99: best.p99, rate: best.ratePerSec, errors: 0 },
    isWhole: best !== undefined,
    ...(knee.end === 'client' && { limit: knee.steps.at(-1)?.limit }),
    parts: { knee },
  };
}

function clickStep(run: LoadResult, { rate, seconds }: Settled): KneeStep {
  const sum = (counts: Readonly<Record<string, number>>): number =>
    Object.values(counts).reduce((total, count) => total + count, 0);
  const { clickToList, clickToAck, limit } = run;
  return {
    ratePerSec: rate,
    seconds,
    offeredPerSec: run.offeredPerSec,
    achievedPerSec: run.achievedPerSec,
    p50: clickToList.p50,
    p99: clickToList.p99,
    ackP99: clickToAck.p99,
    failures: Math.max(run.missingLists, run.missingAcks) + sum(run.refused) + sum(run.closed),
    generatorCpuShare: run.generatorCpuShare,
    shedShare: run.shedSeconds / seconds,
    ...(limit !== undefined && { limit }),
  };
}

function callStep(run: HttpLoadResult, { rate, seconds }: Settled): KneeStep {
  return {
    ratePerSec: rate,
    seconds,
    offeredPerSec: run.offeredPerSec,
    achievedPerSec: run.achievedPerSec,
    p50: run.latency.p50,
    p99: run.latency.p99,
    failures: run.errors + run.not2xx,
    generatorCpuShare: run.generatorCpuShare,
    ...(run.limit !== undefined && { limit: run.limit }),
  };
}

/** A run without clicks has no latencies. */
function clickFigures(run: LoadResult): Figures {
  const refused = Object.values(run.refused).reduce((sum, count) => sum + count, 0);
  const closed = Object.values(run.closed).reduce((sum, count) => sum + count, 0);
  const errors = Math.max(run.missingLists, run.missingAcks, refused) + closed;
  if (run.clickToList.count === 0) return { errors };
  const { p50, p90, p99, p999, max } = run.clickToList;
  const { clickToAck: ack, achievedPerSec: rate } = run;
  const acks = { 'ack-p50': ack.p50, 'ack-p99': ack.p99, 'ack-max': ack.max };
  return { p50, p90, p99, p999, max, ...acks, errors, rate };
}

function callFigures(run: HttpLoadResult): Figures {
  if (run.latency.count === 0) return {};
  const { p50, p90, p99, p999, max } = run.latency;
  return { p50, p90, p99, p999, max, rate: run.achievedPerSec };
}

async function highest(config: Settled, clock: Clock, { say }: Listener): Promise<Outcome> {
  const { url, connections, seed, k, warmup, seconds, p99MaxMs, call = 'recommend', candidates } = config;
  const items = await sampleItems(url, candidates);
  const bodies = new CallBodies({ call, shoppers: connections, seed, k }, items, runName(clock));
  const bounds = { connectionsMax: connections, p99MaxMs };
  say(`POST /v1/${call}\n${stepHead()}`);
  const target = new URL(`/v1/${call}`, url);
  const result = await findHighestRate(
    (count) => runClosedLoop({ url: target, connections: count, warmup, seconds }, bodies, clock),
    bounds,
    (step) => say(stepLine(step)),
  );
  const { best } = result;
  const failed = result.steps.reduce((sum, step) => sum + failures(step), 0);
  return {
    kind: 'highest rate',
    text: climbReport(result, bounds),
    result: { call, ...result },
    figures: { ...(best !== undefined && { ...best.latency, rate: best.ratePerSec }), errors: failed },
    isWhole: best !== undefined && failed === 0,
    parts: {},
  };
}
