import type { AttackReport } from '../attacks/attacker-process.js';
import type { FindingsReport } from '../shoppers/findings.js';

/** What one bout did, and what became of the gateway. Memory in MiB, settled, except for the peak; CPU as shares of one core. */
export interface BoutResult extends AttackReport {
  readonly name: string;
  readonly attacks: readonly string[];
  readonly seconds: number;
  readonly residentBefore: number;
  readonly residentAfter: number;
  readonly residentPeak: number;
  readonly gatewayCpu: number;
  readonly attackerCpu: number;
  readonly crashes: number;
  /** End of the gateway's log when it ended by itself. */
  readonly log: string;
}

/** The whole run. */
export interface RunResult {
  readonly findings: FindingsReport;
  readonly bouts: readonly BoutResult[];
  readonly crashes: number;
  readonly residentQuiet: number;
  readonly residentEnd: number;
  readonly quietCpu: number;
  /** Load average of the machine over the minute before the run. */
  readonly loadBefore: number;
  readonly startMs: number;
  /** Why the run could not be finished and verified; '' when it was. */
  readonly unverified: string;
  /** Start after the kill, on all that the run wrote. */
  readonly restartMs: number;
}

/** A bout in one line, for who waits. */
export function boutLine(bout: BoutResult): string {
  const { name, actions, crashes, problemCount, problems } = bout;
  const grown = Math.round(bout.residentAfter - bout.residentBefore);
  const sums = `${actions} actions, rss ${grown >= 0 ? '+' : ''}${grown} MiB, ${crashes} crashes, ${problemCount} problems`;
  return problems.length === 0 ? `${name}: ${sums}` : `${name}: ${sums}, such as ${problems[0]}`;
}
