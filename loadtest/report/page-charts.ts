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

/** Latency, and rate, over time. */
export function timeCharts({ windows, windowSeconds, phases, what }: OverTime): string {
  const asked = windows.filter(({ duePerSec }) => duePerSec > 0);
  const of = (name: string, pick: (row: WindowRow) => number, isFaint = false): Series => ({
    name,
    isFaint,
    points: asked.map((row) => [row.atSec, pick(row)]),
  });
  const bands = phases.map(({ name, fromSec, toSec }) => ({ name, from: fromSec, to: toSec }));
  const time = { xUnit: 's', bands } as const;
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

/** CPU, memory and event-loop delay of the server. */
export function serverCharts(server: readonly ServerSample[]): string {
  const of = (name: string, pick: (one: ServerSample) => number | undefined): Series => ({
    name,
    points: server.map((one) => [one.atSec, pick(one) ?? Number.NaN]),
  });
  const threads = [...new Set(server.flatMap(({ loopDelayMs }) => Object.keys(loopDelayMs)))];
  const time = { xUnit: 's' } as const;
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

/** Where the server says that a click's time went: stages, and the whole way, each in a scale of its own. */
export function stageCharts(stages: readonly StageRow[]): string {
  const bars = (isWhole: boolean): Bar[] =>
    stages
      .filter(({ stage }) => stage.startsWith('click to') === isWhole)
      .map(({ stage, p50, p99 }) => ({
        name: stage,
        value: p50,
        to: p99,
        words: `${shortNumber(p50)} / ${shortNumber(p99)} ms`,
      }));
  return (
    barChart('Stages at the server, p50 (wide) / p99 (thin)', bars(false)) +
    barChart('The whole click at the server, p50 (wide) / p99 (thin)', bars(true))
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
    timeCharts({ ...run, what: 'list' }) +
    distributionChart(run.distributions) +
    serverCharts(run.server) +
    stageCharts(run.stages)
  );
}
