import { BUCKET_COUNT, bucketFloor } from './buckets.js';
import { METRIC_PREFIX, type GaugeRow, type Series } from './table.js';
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

/** One upper bound of an exported histogram: `le` in the exported unit, and the first internal bucket above it. */
interface Bound {
  readonly le: number;
  readonly bucket: number;
}

/**
 * Bounds in seconds: 8 µs, 12 µs, 16 µs … 12.6 s, two for each doubling. All are edges of internal buckets, so that the
 * exported counts are exact.
 */
const SECOND_BOUNDS = boundsAt(doublings(3, 23), (edge) => Number((edge / 1e6).toPrecision(12)));
/** Bounds of whole numbers: 1, 2, 3, 5, 7, 11, 15 … 1,535. A bound is one less than the edge: the largest number below it. */
const COUNT_BOUNDS = boundsAt([2, 3, ...doublings(2, 10)], (edge) => edge - 1);

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

/** The threads' histograms added: cumulative buckets, sum and count. */
export function histogramSamples(series: Series, sources: readonly StatsSource[]): Sample[] {
  const counts = new Float64Array(BUCKET_COUNT);
  let sum = 0;
  for (const { stats } of sources) sum += stats.addHistogram(series.index, counts);
  const isTime = series.row.unit === 'seconds';
  const name = METRIC_PREFIX + series.row.name;
  const labels = labelsOf(series);
  const samples: Sample[] = [];
  let below = 0;
  let next = 0;
  for (const { le, bucket } of isTime ? SECOND_BOUNDS : COUNT_BOUNDS) {
    while (next < bucket) below += counts[next++];
    samples.push({ metricName: `${name}_bucket`, labels: { ...labels, le }, value: below });
  }
  while (next < BUCKET_COUNT) below += counts[next++];
  samples.push({ metricName: `${name}_bucket`, labels: { ...labels, le: '+Inf' }, value: below });
  samples.push({ metricName: `${name}_sum`, labels, value: isTime ? sum / 1e6 : sum });
  samples.push({ metricName: `${name}_count`, labels, value: below });
  return samples;
}

function labelsOf(series: Series): Record<string, string> {
  return series.row.label === undefined ? {} : { [series.row.label]: series.value ?? '' };
}

/** 2^from, 1.5·2^from, 2^(from+1) … 1.5·2^to. */
function doublings(from: number, to: number): number[] {
  return Array.from(
    { length: 2 * (to - from + 1) },
    (_, i) => (i % 2 === 0 ? 1 : 1.5) * 2 ** (from + (i >> 1)),
  );
}

function boundsAt(edges: readonly number[], leOf: (edge: number) => number): Bound[] {
  const bounds: Bound[] = [];
  for (let bucket = 0; bucket < BUCKET_COUNT; bucket++) {
    const edge = bucketFloor(bucket);
    if (edges.includes(edge)) bounds.push({ le: leOf(edge), bucket });
  }
  return bounds;
}
