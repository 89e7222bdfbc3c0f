import { limitLines } from '../load/limit.js';
import type { LoadResult, PhaseRow } from '../load/load-result.js';
import type { LatencyRow } from '../load/recorder.js';
import type { WindowRow } from '../load/windows.js';
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

/** The result of a load run for people. What was not offered or not the server's is said first, and then no rate is told. */
export function loadReport(result: LoadResult): string {
  const lines = [
    ...(result.clicks > 0 ? clickLines(result) : [`${result.connections} connections, no clicks`]),
    ...tally('connections lost, by close code', result.closed),
    ...tally('beside', result.beside),
  ];
  if (result.phases.length > 0) lines.push('', phaseTable(result.phases));
  if (result.clicks > 0 && result.windows.length >= WINDOWS_TOLD) lines.push('', windowLine(result));
  if (result.memory.openBytes > 0) lines.push('', memoryLine(result));
  if (result.stages.length > 0) lines.push('', stageTable(result.stages));
  return lines.join('\n');
}

function clickLines(result: LoadResult): string[] {
  const { clickToList, clickToAck, sendLateness, limit } = result;
  const rate = `${result.offeredPerSec.toFixed(1)} clicks/s offered, ${result.achievedPerSec.toFixed(1)} lists/s`;
  return [
    ...(limit === undefined ? [rate] : limitLines(limit)),
    `own overhead of the generator: p99 ${ms(sendLateness.p99)} ms from due to sent, busy ${percent(result.generatorCpuShare)} of a core`,
    '',
    latencyTable({ 'click to list': clickToList, 'click to ack': clickToAck, 'sent late by': sendLateness }),
    '',
    `clicks ${result.clicks}, without a list ${result.missingLists}, without an ack ${result.missingAcks}`,
    ...tally('refused', result.refused),
  ];
}

/** A run of so many windows is long enough for the worst of them to say something. */
const WINDOWS_TOLD = 20;

/** p99 of the worst window beside that of the median one. */
export function worstWindow(windows: readonly WindowRow[]): { worst: number; median: number } {
  const sorted = windows.map(({ p99 }) => p99).sort((a, b) => a - b);
  return { worst: sorted.at(-1) ?? 0, median: sorted[Math.floor(sorted.length / 2)] ?? 0 };
}

function windowLine({ windows, windowSeconds }: LoadResult): string {
  const { worst, median } = worstWindow(windows);
  return `p99 of the worst ${windowSeconds} s ${ms(worst)} ms, of the median ones ${ms(median)} ms: ${(worst / median).toFixed(2)} times`;
}

function memoryLine({ memory, connections }: LoadResult): string {
  const { beforeBytes, openBytes, afterBytes } = memory;
  const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
  const each = ((openBytes - beforeBytes) / connections / 1_000).toFixed(1);
  return `server resident ${mib(beforeBytes)}, ${mib(openBytes)} with ${connections} connections open (${each} kB each), ${mib(afterBytes)} at the end`;
}

function phaseTable(rows: readonly PhaseRow[]): string {
  const body = rows.map(({ name, duePerSec, listedPerSec, clickToList: row }) => [
    name,
    duePerSec.toFixed(0),
    listedPerSec.toFixed(0),
    ...[row.p50, row.p99, row.max].map(ms),
  ]);
  return table([['phase', 'due/s', 'lists/s', 'p50', 'p99', 'max'], ...body]);
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

export function ms(value: number): string {
  return value.toFixed(value < 1 ? 3 : 2);
}
