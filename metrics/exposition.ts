import { boundsOf, type Bound } from './bounds.js';
import { BUCKET_COUNT } from './buckets.js';
import { METRIC_PREFIX, type Series } from './table.js';
import type { GaugeRow, HistogramRow } from './rows/metric-row.js';
import type { ThreadStats } from './thread-stats.js';

/** The stats of one thread and the name it goes by in the `thread` label, such as `gateway` or `shard-0`. */
export interface StatsSource {
  readonly thread: string;
  readonly stats: ThreadStats;
}

/** One line of the text format; `metricName` where it is not that of the metric. */
export interface Sample {
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly metricName?: string;
}

/** What is written for a label's value: of slots the name that stands in its place. */
export type LabelNames = (label: string, value: string) => string | undefined;

/** The threads' counts added. */
export function counterSample(series: Series, sources: readonly StatsSource[]): Sample {
  let value = 0;
  for (const { stats } of sources) value += stats.counterValue(series.index);
  return { value, labels: labelsOf(series) };
}

/** The gauge merged as its row says; threads that never set it are left out. */
export function gaugeSamples(series: Series<GaugeRow>, sources: readonly StatsSource[]): Sample[] {
  const set = sources.filter(({ stats }) => !Number.isNaN(stats.gaugeValue(series.index)));
  const labels = labelsOf(series);
  const valueOf = ({ stats }: StatsSource): number => stats.gaugeValue(series.index);
  if (series.row.merge === 'thread')
    return set.map((source) => ({ value: valueOf(source), labels: { ...labels, thread: source.thread } }));
  if (series.row.merge === 'max')
    return [{ value: set.reduce((most, source) => Math.max(most, valueOf(source)), 0), labels }];
  return [{ value: set.reduce((sum, source) => sum + valueOf(source), 0), labels }];
}

/**
 * The threads' histograms added: cumulative buckets, sum and count. Nothing for a value of a label that has no name.
 */
export function histogramSamples(
  series: Series<HistogramRow>,
  sources: readonly StatsSource[],
  nameOf: LabelNames,
): Sample[] {
  const labels = namedLabels(series, nameOf);
  if (labels === undefined) return [];
  const counts = new Float64Array(BUCKET_COUNT);
  let sum = 0;
  for (const { stats } of sources) sum += stats.addHistogram(series.index, counts);
  const isTime = series.row.unit === 'seconds';
  const name = METRIC_PREFIX + series.row.name;
  const samples: Sample[] = [];
  let below = 0;
  let next = 0;
  for (const { le, bucket } of knownBounds(series.row)) {
    while (next < bucket) below += counts[next++];
    samples.push({ metricName: `${name}_bucket`, labels: { ...labels, le }, value: below });
  }
  while (next < BUCKET_COUNT) below += counts[next++];
  samples.push({ metricName: `${name}_bucket`, labels: { ...labels, le: '+Inf' }, value: below });
  samples.push({ metricName: `${name}_sum`, labels, value: isTime ? sum / 1e6 : sum });
  samples.push({ metricName: `${name}_count`, labels, value: below });
  return samples;
}

const bounds = new Map<HistogramRow, readonly Bound[]>();

function knownBounds(row: HistogramRow): readonly Bound[] {
  const known = bounds.get(row) ?? boundsOf(row.bounds, row.unit === 'seconds');
  bounds.set(row, known);
  return known;
}

function namedLabels(series: Series, nameOf: LabelNames): Record<string, string> | undefined {
  const { row, value = '' } = series;
  if (row.label === undefined) return {};
  const name = nameOf(row.label, value);
  return name === undefined ? undefined : { [row.label]: name };
}

function labelsOf(series: Series): Record<string, string> {
  return series.row.label === undefined ? {} : { [series.row.label]: series.value ?? '' };
}
