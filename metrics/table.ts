/**
 * Every metric of the product, once: the topics of `metrics/rows` put together. A row has its key in the code, name, help, unit and
 * label values, so the cardinality of `/metrics` is fixed here.
 *
 * `COUNTER`, `GAUGE` and `HISTOGRAM` map the keys to the small integers that `ThreadStats` takes:
 * `stats.count(COUNTER.messagesIn)`, `stats.count(COUNTER.eventsRefused.seq_gap)`, `stats.observe(HISTOGRAM.stage.graph, us)`.
 */
import { CLICK_METRICS } from './rows/click-metrics.js';
import { SOCKET_METRICS } from './rows/socket-metrics.js';
import { CALL_METRICS } from './rows/call-metrics.js';
import { MODEL_METRICS } from './rows/model-metrics.js';
import { USER_METRICS } from './rows/user-metrics.js';
import { STORE_METRICS } from './rows/store-metrics.js';
import { LOAD_METRICS } from './rows/load-metrics.js';
import { PROCESS_METRICS } from './rows/process-metrics.js';
import { CLUSTER_METRICS } from './rows/cluster-metrics.js';
import type { GaugeRow, HistogramRow, MetricRow } from './rows/metric-row.js';

/** Prefix of every exported name. */
export const METRIC_PREFIX = 'afterclick_';

export const COUNTERS = {
  ...CLICK_METRICS.counters,
  ...SOCKET_METRICS.counters,
  ...CALL_METRICS.counters,
  ...MODEL_METRICS.counters,
  ...USER_METRICS.counters,
  ...STORE_METRICS.counters,
  ...LOAD_METRICS.counters,
  ...PROCESS_METRICS.counters,
  ...CLUSTER_METRICS.counters,
} as const satisfies Record<string, MetricRow>;

export const GAUGES = {
  ...CLICK_METRICS.gauges,
  ...SOCKET_METRICS.gauges,
  ...MODEL_METRICS.gauges,
  ...USER_METRICS.gauges,
  ...STORE_METRICS.gauges,
  ...LOAD_METRICS.gauges,
  ...PROCESS_METRICS.gauges,
  ...CLUSTER_METRICS.gauges,
} as const satisfies Record<string, GaugeRow>;

export const HISTOGRAMS = {
  ...CLICK_METRICS.histograms,
  ...SOCKET_METRICS.histograms,
  ...CALL_METRICS.histograms,
  ...MODEL_METRICS.histograms,
  ...CLUSTER_METRICS.histograms,
} as const satisfies Record<string, HistogramRow>;

/** Index of each key; of each label value under its key where the row has a label. */
export type MetricIndices<R> = {
  readonly [K in keyof R]: R[K] extends { readonly values: readonly (infer V extends string)[] }
    ? { readonly [L in V]: number }
    : number;
};

export const COUNTER = indices(COUNTERS);
export const GAUGE = indices(GAUGES);
export const HISTOGRAM = indices(HISTOGRAMS);

export const COUNTER_COUNT = seriesCount(COUNTERS);
export const GAUGE_COUNT = seriesCount(GAUGES);
export const HISTOGRAM_COUNT = seriesCount(HISTOGRAMS);

/** Index of `value` in a labelled record with an `other` member, which any unknown value counts as. */
export function indexOrOther(
  record: Readonly<Record<string, number>> & { readonly other: number },
  value: string,
): number {
  return Object.hasOwn(record, value) ? record[value] : record.other;
}

/** One number of one row: its index and, for a labelled row, its label value. */
export interface Series<R extends MetricRow = MetricRow> {
  readonly row: R;
  readonly index: number;
  readonly value?: string;
}

/** All series of a record of rows, in the order of their indices. */
export function seriesOf<R extends MetricRow>(rows: Readonly<Record<string, R>>): Series<R>[] {
  const series: Series<R>[] = [];
  for (const row of Object.values(rows)) {
    if (row.values === undefined) series.push({ row, index: series.length });
    else for (const value of row.values) series.push({ row, index: series.length, value });
  }
  return series;
}

function seriesCount(rows: Readonly<Record<string, MetricRow>>): number {
  return seriesOf(rows).length;
}

function indices<const R extends Readonly<Record<string, MetricRow>>>(rows: R): MetricIndices<R> {
  let next = 0;
  const byKey: Record<string, number | Record<string, number>> = {};
  for (const [key, row] of Object.entries(rows)) {
    byKey[key] =
      row.values === undefined ? next++ : Object.fromEntries(row.values.map((value) => [value, next++]));
  }
  return Object.freeze(byKey) as MetricIndices<R>;
}
