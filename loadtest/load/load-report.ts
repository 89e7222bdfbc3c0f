import type { LoadResult } from './load-run.js';
import type { LatencyRow } from './recorder.js';
import type { StageRow } from '../target/server-stages.js';

/** Rows of cells as lines of aligned columns: the first to the left, the others to the right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map((row) =>
      row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  '),
    )
    .join('\n');
}

/** A table of latencies in ms. */
export function latencyTable(rows: Readonly<Record<string, LatencyRow>>): string {
  const body = Object.entries(rows).map(([name, row]) => [
    name,
    ...[row.p50, row.p90, row.p99, row.p999, row.max].map(ms),
    String(row.count),
  ]);
  return table([['ms', 'p50', 'p90', 'p99', 'p99.9', 'max', 'count'], ...body]);
}

/** A generator later than this at its 99th percentile was short of CPU: its own wait is in the figures. */
const LATE_P99_MS = 10;

/** The result of a load run for people. */
export function loadReport(result: LoadResult): string {
  const { clickToList, clickToAck, sendLateness } = result;
  const lines = [
    `offered ${result.offeredPerSec.toFixed(1)} clicks/s, achieved ${result.achievedPerSec.toFixed(1)} lists/s; generator busy ${percent(result.generatorCpuShare)}`,
    '',
    latencyTable({ 'click to list': clickToList, 'click to ack': clickToAck, 'sent late by': sendLateness }),
    ...(sendLateness.p99 > LATE_P99_MS
      ? ['the generator itself was late: the machine was short of CPU, and that wait is in these figures']
      : []),
    '',
    `clicks ${result.clicks}, without a list ${result.missingLists}, without an ack ${result.missingAcks}`,
    ...tally('refused', result.refused),
    ...tally('connections lost, by close code', result.closed),
  ];
  if (result.stages.length > 0) lines.push('', stageTable(result.stages));
  return lines.join('\n');
}

function stageTable(rows: readonly StageRow[]): string {
  const body = rows.map((row) => [row.stage, ms(row.p50), ms(row.p99), ms(row.mean), String(row.count)]);
  return table([['server, ms', 'p50', 'p99', 'mean', 'count'], ...body]);
}

/** Nothing when there is nothing to count, else one line. */
export function tally(title: string, counts: Readonly<Record<string, number>>): string[] {
  const entries = Object.entries(counts);
  return entries.length === 0
    ? []
    : [`${title}: ${entries.map(([name, count]) => `${name} ${count}`).join(', ')}`];
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function ms(value: number): string {
  return value.toFixed(value < 1 ? 3 : 2);
}
