import { cpus } from 'node:os';
import type { FindingsReport } from '../shoppers/findings.js';
import type { BoutResult, RunResult } from './results.js';
import { failures, latencyOf, lostCount, ms, p99Of } from './verdict.js';

const HEAD = [
  'attack',
  's',
  'actions',
  'p99 ms',
  '÷ quiet',
  'max ms',
  'clicks',
  'rss',
  'peak',
  'gw cpu',
  'its cpu',
  'crashes',
  'problems',
];

/** The whole report: a table of the attacks, what broke, and the issue of it in one line. */
export function reportText(run: RunResult, slackMs: number): string {
  const rows = namesOf(run.bouts).map((name) => rowOf(run, name));
  const { findings } = run;
  const words = [
    `machine: ${cpus().length} cores, ${run.loadBefore.toFixed(1)} processes that wanted one before the run; far above 0 its times say little`,
    `quiet: ${latencyOf(findings, 'quiet').count} clicks, p99 ${ms(p99Of(findings, 'quiet'))} ms, gateway CPU ${percent(run.quietCpu)}`,
    `start ${run.startMs} ms, after the kill ${run.restartMs} ms; honest ranks ${findings.ranks}, HTTP visits ${findings.httpCalls}, reconnects ${findings.reconnects}, answered overloaded ${findings.overloaded}`,
  ];
  return [
    table([HEAD, ...rows]),
    ...words,
    ...problemLines(run),
    ...failures(run, slackMs).map((why) => `FAILED: ${why}`),
    lastLine(run),
  ].join('\n');
}

function lastLine(run: RunResult): string {
  const { findings, bouts, crashes } = run;
  const actions = bouts.reduce((sum, bout) => sum + bout.actions, 0);
  const grown = Math.round(run.residentEnd - run.residentQuiet);
  const [hostile, quiet] = [p99Of(findings, 'hostile'), p99Of(findings, 'quiet')].map(ms);
  return `${actions} hostile actions, ${findings.clicks} honest clicks, ${crashes} crashes, ${lostCount(findings)} lost, honest p99 ${hostile} ms (quiet ${quiet} ms), rss ${grown < 0 ? '−' : '+'}${Math.abs(grown)} MiB`;
}

function namesOf(bouts: readonly BoutResult[]): string[] {
  return [...new Set(bouts.map(({ name }) => name))];
}

/** All bouts of one name. */
function rowOf({ bouts, findings }: RunResult, name: string): string[] {
  const mine = bouts.filter((bout) => bout.name === name);
  const sum = (of: (bout: BoutResult) => number): number => mine.reduce((total, bout) => total + of(bout), 0);
  const seconds = sum((bout) => bout.seconds);
  const { count, p99, max } = latencyOf(findings, name);
  const quiet = p99Of(findings, 'quiet');
  return [
    name,
    seconds.toFixed(0),
    String(sum((bout) => bout.actions)),
    ms(p99),
    quiet > 0 ? (p99 / quiet).toFixed(1) : '–',
    ms(max),
    String(count),
    signed(sum((bout) => bout.residentAfter - bout.residentBefore)),
    String(Math.round(Math.max(...mine.map((bout) => bout.residentPeak)))),
    percent(sum((bout) => bout.gatewayCpu) / mine.length),
    percent(sum((bout) => bout.attackerCpu) / mine.length),
    String(sum((bout) => bout.crashes)),
    String(sum((bout) => bout.problemCount)),
  ];
}

function problemLines({ bouts, findings }: RunResult): string[] {
  const lines = bouts.flatMap(({ name, problems, problemCount, log }) => [
    ...problems.map((words) => `${name} (${problemCount}): ${words}`),
    ...(log === '' ? [] : [`${name}: the gateway's log ended with\n${log}`]),
  ]);
  return [...lines, ...honestLines(findings)];
}

function honestLines({ problems }: FindingsReport): string[] {
  return problems.flatMap(({ window, kind, count, first }) =>
    first
      .slice(0, kind === 'late' ? 1 : undefined)
      .map((words) => `honest, beside ${window}, ${kind} (${count}): ${words}`),
  );
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(Math.round(value))}`;
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  const line = (row: readonly string[]): string =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ');
  return rows.map(line).join('\n');
}
