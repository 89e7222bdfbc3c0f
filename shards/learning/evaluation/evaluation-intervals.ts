import { bootstrapMeans, middle95 } from '../../../model/eval/bootstrap.js';
import { INTERVAL_NAMES, type MeasuredMethod } from '../../../model/eval/method-board.js';
/** A 95 % confidence interval. */
export type Interval = readonly [low: number, high: number];

/** Two methods on the same questions, by metric. */
export interface MethodComparison {
  readonly method: string;
  readonly baseline: string;
  /** Of the method minus that of the baseline, in percentage points. */
  readonly difference: Readonly<Record<string, Compared>>;
  /** Of the method divided by that of the baseline. */
  readonly ratio: Readonly<Record<string, Compared>>;
}

export interface Compared {
  readonly value: number;
  readonly interval: Interval;
}

export interface EvaluationIntervals {
  /** In percent, by method and metric. */
  readonly intervals: Readonly<Record<string, Readonly<Record<string, Interval>>>>;
  readonly comparison: MethodComparison;
}

const SEED = 1;

/** Confidence intervals by a bootstrap over sessions, of every method and of `method` against `baseline`. */
export function evaluationIntervals(
  methods: readonly MeasuredMethod[],
  method: string,
  baseline: string,
): EvaluationIntervals {
  const series = methods.flatMap(({ board }) => board.sums);
  const { questions } = methods[0].board;
  const means = bootstrapMeans({ questions, series }, SEED);
  const asked = sum(questions);
  /** Mean of a method's metric, in percent, and the means of the resamples. */
  const measured = (name: string, metric: number): Measured => {
    const at = methods.findIndex((one) => one.name === name) * INTERVAL_NAMES.length + metric;
    return { value: (100 * sum(series[at])) / asked, resampled: means[at].map((mean) => 100 * mean) };
  };
  const byMetric = <T>(valueOf: (metric: number) => T): Record<string, T> =>
    Object.fromEntries(INTERVAL_NAMES.map((name, metric) => [name, valueOf(metric)]));
  const compared = (combine: (a: number, b: number) => number) =>
    byMetric((metric) => compare(measured(method, metric), measured(baseline, metric), combine));
  return {
    intervals: Object.fromEntries(
      methods.map(({ name }) => [name, byMetric((metric) => interval(measured(name, metric).resampled, 2))]),
    ),
    comparison: {
      method,
      baseline,
      difference: compared((a, b) => a - b),
      ratio: compared((a, b) => a / b),
    },
  };
}

interface Measured {
  readonly value: number;
  readonly resampled: Float64Array;
}

/** Paired: both see the same resamples. */
function compare(a: Measured, b: Measured, combine: (a: number, b: number) => number): Compared {
  const resampled = a.resampled.map((value, i) => combine(value, b.resampled[i]));
  return { value: round(combine(a.value, b.value), 3), interval: interval(resampled, 3) };
}

function interval(values: Float64Array, digits: number): Interval {
  const [low, high] = middle95(values);
  return [round(low, digits), round(high, digits)];
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}
