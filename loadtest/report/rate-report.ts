import type { ClosedLoopResult } from '../load/closed-loop.js';
import { failures, type ClimbBounds, type ClimbEnd, type HighestRate } from '../load/highest-rate.js';
import { percent } from './load-report.js';

const HEAD = ['connections', 'calls/s', 'p50 ms', 'p99 ms', 'errors', 'generator busy'];

/** What stands above the lines of a climb's steps. */
export function stepHead(): string {
  return HEAD.join('  ');
}

/** One step, below `stepHead`. */
export function stepLine(step: ClosedLoopResult): string {
  const { connections, ratePerSec, latency, generatorCpuShare } = step;
  const cells = [
    String(connections),
    ratePerSec.toFixed(0),
    latency.p50.toFixed(2),
    latency.p99.toFixed(2),
    String(failures(step)),
    percent(generatorCpuShare),
  ];
  return cells.map((cell, i) => cell.padStart(HEAD[i].length)).join('  ');
}

/** The highest rate, and why the climb ended there. */
export function climbReport({ best, end }: HighestRate, bounds: ClimbBounds): string {
  const ends: Readonly<Record<ClimbEnd, string>> = {
    errors: 'calls failed: see the log and /metrics of the gateway',
    p99: `p99 passed ${bounds.p99MaxMs} ms`,
    flat: 'the rate no longer rose',
    connections: `all ${bounds.connectionsMax} connections were used: try more with --connections`,
  };
  const found =
    best === undefined
      ? `no step stayed within p99 ${bounds.p99MaxMs} ms without errors`
      : `highest rate ${best.ratePerSec.toFixed(0)} calls/s, over ${best.connections} connections: ` +
        `p50 ${best.latency.p50.toFixed(2)} ms, p99 ${best.latency.p99.toFixed(2)} ms`;
  return `${found}\nended because ${ends[end]}`;
}
