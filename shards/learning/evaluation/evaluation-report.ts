import type { VmisKnnOptions } from '../../../model/eval/baselines/vmis-knn.js';
import type { EvaluationIntervals, Interval } from './evaluation-intervals.js';

/** What one run of the evaluator found, as its JSON file holds it. Percent, unless the name says µs. */
export interface EvaluationReport extends EvaluationIntervals {
  /** `name@version` of the bundle. */
  readonly bundle: string;
  readonly data: string;
  readonly protocol: 'test sessions' | 'time-ordered';
  readonly sessions: number;
  readonly questions: number;
  readonly methods: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** What VMIS-kNN was tuned to, on the end of the history. */
  readonly tuning: VmisKnnOptions;
}

const ACCURACY = ['recall@5', 'recall@10', 'mrr@10', 'ndcg@20', 'auc', 'candidates'];
const BEYOND = ['coverage@20', 'gini@20', 'popularity@20', 'diversity@20', 'µs/query', 'µs/query single'];
const WITH_INTERVAL = ['recall@20', 'mrr@20'];

/** The report as tables for a terminal. */
export function reportTable(report: EvaluationReport): string {
  const { data, bundle, protocol, sessions, questions } = report;
  return [
    `${bundle} on ${data}, ${protocol}: ${sessions} sessions, ${questions} questions; percent, [95 % confidence]`,
    '',
    ...lines(
      report,
      (name) => [
        ...WITH_INTERVAL.map((metric) => withInterval(report, name, metric)),
        ...ACCURACY.map((metric) => cell(report, name, metric)),
      ],
      [...WITH_INTERVAL, ...ACCURACY],
    ),
    '',
    ...lines(report, (name) => BEYOND.map((metric) => cell(report, name, metric)), BEYOND),
    '',
    ...comparisonLines(report),
    `VMIS-kNN is tuned on the end of the history: ${tuned(report.tuning)}`,
    '',
  ].join('\n');
}

function lines(
  { methods }: EvaluationReport,
  cellsOf: (name: string) => readonly string[],
  columns: readonly string[],
): string[] {
  const rows = [['', ...columns], ...Object.keys(methods).map((name) => [name, ...cellsOf(name)])];
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) =>
    row.map((text, i) => (i === 0 ? text.padEnd(widths[i]) : text.padStart(widths[i]))).join('  '),
  );
}

function cell({ methods }: EvaluationReport, name: string, metric: string): string {
  const value = methods[name][metric];
  if (value === undefined) return '–';
  return metric.startsWith('µs') ? String(value) : value.toFixed(2);
}

function withInterval(report: EvaluationReport, name: string, metric: string): string {
  const [low, high] = report.intervals[name][metric];
  return `${cell(report, name, metric)} [${low.toFixed(2)}, ${high.toFixed(2)}]`;
}

function comparisonLines({ comparison }: EvaluationReport): string[] {
  const { method, baseline, difference, ratio } = comparison;
  return Object.keys(difference).map((metric) => {
    const { value, interval } = difference[metric];
    const sign = value < 0 ? '−' : '+';
    return `${method} against ${baseline}, ${metric}: ${sign}${Math.abs(value).toFixed(2)} ${range(interval, 2)}, times ${ratio[metric].value.toFixed(3)} ${range(ratio[metric].interval, 3)}`;
  });
}

function range([low, high]: Interval, digits: number): string {
  return `[${low.toFixed(digits)}, ${high.toFixed(digits)}]`;
}

function tuned(options: VmisKnnOptions): string {
  return Object.entries(options)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}
