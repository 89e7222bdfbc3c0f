import type { LatencyPoint } from '../load/recorder.js';
import type { LoadResult, Phase } from '../load/load-result.js';
import type { WindowRow } from '../load/windows.js';
import type { Knee } from '../load/knee.js';
import type { StageRow } from '../target/server-stages.js';
import type { ServerSample } from '../target/server-watch.js';
import { barChart, lineChart, shortNumber, type Bar, type Chart, type Series } from './svg-chart.js';

/** What the charts over time are drawn from. */
export interface OverTime {
  readonly windows: readonly WindowRow[];
  readonly windowSeconds: number;
  readonly server: readonly ServerSample[];
  readonly phases: readonly Phase[];
  /** What is answered: `list` or `answer`. */
  readonly what: string;
}

/** What all charts over time have alike, so that what happens at one moment stands below one another. */
type TimeAxis = Pick<Chart, 'xUnit' | 'xRange' | 'bands'>;

function timeAxis({ windows, server, phases }: OverTime): TimeAxis {
  const bands = phases.map(({ name, fromSec, toSec }) => ({ name, from: fromSec, to: toSec }));
  const end = Math.max(1, ...[...windows, ...server].map(({ atSec }) => atSec));
  return { xUnit: 's', xRange: [0, end], bands };
}

/** All that happened over time: latency and rate, and the server. */
export function timeCharts(run: OverTime): string {
  const time = timeAxis(run);
  return askedCharts(run, time) + serverCharts(run.server, time);
}

/** Latency, and rate. */
function askedCharts({ windows, windowSeconds, what }: OverTime, time: TimeAxis): string {
  const asked = windows.filter(({ duePerSec }) => duePerSec > 0);
  const of = (name: string, pick: (row: WindowRow) => number, isFaint = false): Series => ({
    name,
    isFaint,
    points: asked.map((row) => [row.atSec, pick(row)]),
  });
  const acks = asked.some(({ ackP99 }) => ackP99 > 0) ? [of('p99 to ack', (row) => row.ackP99, true)] : [];
  const latency: Chart = {
    ...time,
    title: `Latency of ${what === 'list' ? 'clicks' : 'calls'} due in each ${windowSeconds === 1 ? 'second' : `${windowSeconds} s`}`,
    yUnit: 'ms',
    series: [
      of('p50', (row) => row.p50),
      of('p99', (row) => row.p99),
      of('max', (row) => row.max, true),
      ...acks,
    ],
  };
  const rate: Chart = {
    ...time,
    title: 'Rate offered and answered',
    yUnit: 'a second',
    series: [of('due', (row) => row.duePerSec), of(`${what}s`, (row) => row.listedPerSec)],
  };
  const late: Chart = {
    ...time,
    title: 'The generator itself: latest that it was',
    yUnit: 'ms',
    series: [of('sent late by', (row) => row.lateMax)],
  };
  return asked.length === 0 ? '' : lineChart(latency) + lineChart(rate) + lineChart(late);
}

/** CPU, memory and event-loop delay of the server, from when latencies count. */
function serverCharts(server: readonly ServerSample[], time: TimeAxis): string {
  const counted = server.filter(({ atSec }) => atSec >= 0);
  const of = (name: string, pick: (one: ServerSample) => number | undefined): Series => ({
    name,
    points: counted.map((one) => [one.atSec, pick(one) ?? Number.NaN]),
  });
  const threads = [...new Set(counted.flatMap(({ loopDelayMs }) => Object.keys(loopDelayMs)))].sort();
  return [
    lineChart({ ...time, title: 'Server CPU', yUnit: 'cores', series: [of('busy', (one) => one.cores)] }),
    lineChart({
      ...time,
      title: 'Server memory',
      yUnit: 'MiB resident',
      series: [of('resident', (one) => one.residentBytes / 2 ** 20)],
    }),
    lineChart({
      ...time,
      title: 'Event-loop delay of its threads',
      yUnit: 'ms, p99',
      series: threads.map((thread) => of(thread, (one) => one.loopDelayMs[thread])),
    }),
  ].join('');
}

/** Latency by percentile. */
export function distributionChart(distributions: Readonly<Record<string, readonly LatencyPoint[]>>): string {
  return lineChart({
    title: 'Distribution',
    xUnit: 'percentile',
    yUnit: 'ms',
    xScale: 'nines',
    series: Object.entries(distributions).map(([name, points]) => ({
      name,
      points: points.map(({ percentile, ms }) => [percentile, ms]),
      isFaint: name === 'late',
    })),
  });
}

/** What waits for the disk, or is made of all stages: many times as long as one of them. */
function isLong({ stage }: StageRow): boolean {
  return stage === 'commit' || stage.startsWith('click to');
}

/** Where the server says that a click's time went: stages, and what is longer, each in a scale of its own. */
function stageCharts(stages: readonly StageRow[]): string {
  const bars = (areLong: boolean): Bar[] =>
    stages
      .filter((row) => isLong(row) === areLong)
      .map(({ stage, p50, p99 }) => ({
        name: stage,
        value: p50,
        to: p99,
        words: `${shortNumber(p50)} / ${shortNumber(p99)} ms`,
      }));
  return (
    barChart('Stages at the server, p50 (wide) / p99 (thin)', bars(false)) +
    barChart('Commit and whole click at the server, p50 (wide) / p99 (thin)', bars(true))
  );
}

/** Latency by rate: the last step at each rate, which is the one that counted. */
export function kneeCharts({ steps }: Knee, p99MaxMs: number): string {
  const byRate = new Map(steps.map((step) => [step.ratePerSec, step]));
  const sorted = [...byRate.values()].sort((a, b) => a.ratePerSec - b.ratePerSec);
  const ends = [sorted[0], sorted.at(-1)].map((step) => step?.ratePerSec ?? 0);
  const at = (pick: (step: (typeof sorted)[number]) => number): [number, number][] =>
    sorted.map((step) => [step.ratePerSec, pick(step)]);
  return (
    lineChart({
      title: 'Latency by rate',
      xUnit: 'offered a second',
      yUnit: 'ms',
      series: [
        { name: 'p50', points: at((step) => step.p50) },
        { name: 'p99', points: at((step) => step.p99) },
        { name: 'bound', points: ends.map((rate) => [rate, p99MaxMs]), isFaint: true },
      ],
    }) +
    lineChart({
      title: 'Answered by rate',
      xUnit: 'offered a second',
      yUnit: 'a second',
      series: [
        { name: 'answered', points: at((step) => step.achievedPerSec) },
        { name: 'offered', points: ends.map((rate) => [rate, rate]), isFaint: true },
      ],
    }) +
    lineChart({
      title: 'The generator itself',
      xUnit: 'offered a second',
      yUnit: '% of a core',
      series: [{ name: 'busy', points: at((step) => 100 * step.generatorCpuShare) }],
    })
  );
}

/** Charts of a run of clicks. */
export function clickCharts(run: LoadResult): string {
  return (
    timeCharts({ ...run, what: 'list' }) + distributionChart(run.distributions) + stageCharts(run.stages)
  );
}
