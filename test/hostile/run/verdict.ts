import type { LatencyRow } from '../../../loadtest/load/recorder.js';
import type { FindingsReport, ProblemKind } from '../shoppers/findings.js';
import type { RunResult } from './results.js';

/** What a run may show at most. OPERATIONS.md names them. */
export const LIMITS = {
  /** Honest p99 beside the hostile client: quiet × factor + slack. The slack is for attackers on the same cores. */
  p99Factor: 1.2,
  p99SlackMs: 25,
  /** Longest that any honest click may wait for its lists. */
  clickMs: 2_000,
  /** Resident memory after all against the end of the quiet half. */
  residentMib: 256,
  /** Share of honest ranks past their deadline. */
  lateRanks: 0.02,
} as const;

/** Events, lists and acks that were promised and did not come. */
export function lostCount(findings: FindingsReport): number {
  return countOf(findings, 'lost');
}

/** Latencies of one window or phase; zeros when nobody clicked in it. */
export function latencyOf({ latencies }: FindingsReport, window: string): LatencyRow {
  const none = { count: 0, p50: 0, p90: 0, p99: 0, p999: 0, max: 0 };
  return Object.hasOwn(latencies, window) ? latencies[window] : none;
}

export function p99Of(findings: FindingsReport, window: string): number {
  return latencyOf(findings, window).p99;
}

/** Why the run failed, a line each; none when it passed. */
export function failures(run: RunResult, slackMs: number = LIMITS.p99SlackMs): string[] {
  const { findings, bouts } = run;
  const [quiet, hostile] = [p99Of(findings, 'quiet'), p99Of(findings, 'hostile')];
  const p99Max = quiet * LIMITS.p99Factor + slackMs;
  const longest = latencyOf(findings, 'hostile').max;
  const grown = run.residentEnd - run.residentQuiet;
  // A gateway that has just been started may be late: its code is not compiled yet.
  const late = countOf(findings, 'late', 'warm-up');
  const broken = bouts.reduce((sum, { problemCount }) => sum + problemCount, 0);
  const checks: readonly (readonly [boolean, string])[] = [
    [run.unverified !== '', `the run could not be finished and verified: ${run.unverified}`],
    [run.crashes > 0, `${run.crashes} crashes`],
    [lostCount(findings) > 0, `${lostCount(findings)} lists, acks or events lost`],
    [countOf(findings, 'list') > 0, `${countOf(findings, 'list')} wrong lists`],
    [countOf(findings, 'answer') > 0, `${countOf(findings, 'answer')} wrong answers to honest shoppers`],
    [
      countOf(findings, 'closed') > 0,
      `${countOf(findings, 'closed')} honest connections closed or calls failed`,
    ],
    [broken > 0, `${broken} wrong answers to the hostile client`],
    [
      hostile > p99Max,
      `honest p99 ${ms(hostile)} ms is above ${ms(p99Max)} (quiet × ${LIMITS.p99Factor} + ${slackMs})`,
    ],
    [longest > LIMITS.clickMs, `an honest click waited ${ms(longest)} ms; at most ${LIMITS.clickMs}`],
    [
      grown > LIMITS.residentMib,
      `resident memory grew by ${Math.round(grown)} MiB; at most ${LIMITS.residentMib}`,
    ],
    [late > findings.ranks * LIMITS.lateRanks, `${late} of ${findings.ranks} honest ranks were late`],
  ];
  return checks.filter(([isBroken]) => isBroken).map(([, words]) => words);
}

/** A time in ms with one digit. */
export function ms(value: number): string {
  return value.toFixed(1);
}

function countOf({ problems }: FindingsReport, kind: ProblemKind, except?: string): number {
  const counted = problems.filter((row) => row.kind === kind && row.window !== except);
  return counted.reduce((sum, { count }) => sum + count, 0);
}
