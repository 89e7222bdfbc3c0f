/** One metric. A row without `values` is one number per thread; with `values` one per value of its label. */
export interface MetricRow {
  /** Prometheus name without the `afterclick_` prefix; the unit is in it, and counters end in `_total`. */
  readonly name: string;
  readonly help: string;
  readonly unit: MetricUnit;
  /** Label of the rows that have one, with all of its values. */
  readonly label?: string;
  readonly values?: readonly string[];
}
/** Bounds of an exported histogram (`metrics/bounds.ts`): fine where two times have to be told apart, few where many series stand side by side. */
export type BoundsName = 'promise' | 'stage' | 'call' | 'count' | 'position';
export interface HistogramRow extends MetricRow {
  readonly bounds: BoundsName;
}
export interface GaugeRow extends MetricRow {
  /** How the threads' values become one: added, the largest, or kept apart by a `thread` label. */
  readonly merge: 'sum' | 'max' | 'thread';
}
/** Histograms observe µs when the unit is seconds, and plain numbers otherwise; gauges have the unit itself. */
export type MetricUnit =
  | 'seconds'
  | 'bytes'
  | 'events'
  | 'lists'
  | 'messages'
  | 'users'
  | 'items'
  | 'operations'
  | 'clicks';

/** The rows of one topic, by their keys in the code. A key stands once among the counters of all topics, and so for gauges and histograms. */
export interface MetricTopic {
  readonly counters: Readonly<Record<string, MetricRow>>;
  readonly gauges: Readonly<Record<string, GaugeRow>>;
  readonly histograms: Readonly<Record<string, HistogramRow>>;
}
