import { COUNTERS, METRIC_PREFIX, HISTOGRAMS } from '../../metrics/table.js';
import { STAGES } from '../../metrics/rows/click-metrics.js';
import { askAsOperator } from './operator-asker.js';

/** What the server says about one of its histograms between two scrapes; times in ms. */
export interface StageRow {
  readonly stage: string;
  readonly count: number;
  readonly mean: number;
  /** Interpolated inside a bucket, as Prometheus' `histogram_quantile` does. */
  readonly p50: number;
  readonly p99: number;
}

/** Reads `/metrics`; nothing when the server has none or cannot be reached. */
export async function scrapeMetrics(baseUrl: string): Promise<MetricLine[]> {
  try {
    const { status, text } = await askAsOperator(baseUrl, '/metrics');
    return status === 200 ? parsePrometheusText(text) : [];
  } catch {
    return [];
  }
}

/** A row for each stage of a click's way that ran, then for click to list and click to ack as the gateway saw them. */
export function stageRows(before: readonly MetricLine[], after: readonly MetricLine[]): StageRow[] {
  const label = HISTOGRAMS.stage.label;
  const scrapes = { before, after };
  return [
    ...STAGES.map((stage) =>
      rowOf(stage, HISTOGRAMS.stage.name, scrapes, (line) => line.labels[label] === stage),
    ),
    rowOf('click to list', HISTOGRAMS.clickToList.name, scrapes),
    rowOf('click to ack', HISTOGRAMS.clickToAck.name, scrapes),
  ].filter((row) => row.count > 0);
}

/** Level from which on a list is another one than it would be. */
const SHED_LEVEL_MIN = 2;

/** Seconds in which shards left work of lists out because of too much load, between two scrapes. */
export function shedSeconds(before: readonly MetricLine[], after: readonly MetricLine[]): number {
  const name = METRIC_PREFIX + COUNTERS.shedSeconds.name;
  const sum = (lines: readonly MetricLine[]): number =>
    lines
      .filter((line) => line.name === name && Number(line.labels.level) >= SHED_LEVEL_MIN)
      .reduce((total, { value }) => total + value, 0);
  return sum(after) - sum(before);
}

/** What a server said before and after a run. */
interface Scrapes {
  readonly before: readonly MetricLine[];
  readonly after: readonly MetricLine[];
}

function rowOf(
  stage: string,
  metric: string,
  { before, after }: Scrapes,
  belongs: (line: MetricLine) => boolean = () => true,
): StageRow {
  const name = METRIC_PREFIX + metric;
  const of = (lines: readonly MetricLine[], suffix: string): MetricLine[] =>
    lines.filter((line) => line.name === name + suffix && belongs(line));
  const grown = (suffix: string): number =>
    (of(after, suffix)[0]?.value ?? 0) - (of(before, suffix)[0]?.value ?? 0);
  const was = new Map(of(before, '_bucket').map((line) => [line.labels.le, line.value]));
  const buckets = of(after, '_bucket').map((line) => ({
    le: toSeconds(line.labels.le),
    below: line.value - (was.get(line.labels.le) ?? 0),
  }));
  const count = grown('_count');
  return {
    stage,
    count,
    mean: count === 0 ? 0 : (grown('_sum') / count) * 1_000,
    p50: quantile(buckets, 0.5) * 1_000,
    p99: quantile(buckets, 0.99) * 1_000,
  };
}

function toSeconds(le: string): number {
  return le === '+Inf' ? Infinity : Number(le);
}

/** `buckets` cumulative and in order of `le`. The open bucket counts as its lower edge. */
function quantile(buckets: readonly { readonly le: number; readonly below: number }[], q: number): number {
  const total = buckets.at(-1)?.below ?? 0;
  if (total === 0) return 0;
  const at = buckets.findIndex((bucket) => bucket.below >= q * total);
  const low = at === 0 ? { le: 0, below: 0 } : buckets[at - 1];
  const { le, below } = buckets[at];
  if (le === Infinity) return low.le;
  return low.le + ((le - low.le) * (q * total - low.below)) / Math.max(1, below - low.below);
}

/** One line of a `/metrics` page. */
export interface MetricLine {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Parses Prometheus' text format; comments and lines that are no sample are skipped. */
export function parsePrometheusText(text: string): MetricLine[] {
  const lines: MetricLine[] = [];
  for (const line of text.split('\n')) {
    const parts = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)/.exec(line);
    if (parts === null) continue;
    lines.push({ name: parts[1], labels: labelsOf(parts[2] ?? ''), value: numberOf(parts[3]) });
  }
  return lines;
}

function labelsOf(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [, name, value] of text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g))
    labels[name] = value.replace(/\\(.)/g, '$1');
  return labels;
}

function numberOf(text: string): number {
  if (text === '+Inf') return Infinity;
  return text === '-Inf' ? -Infinity : Number(text);
}
