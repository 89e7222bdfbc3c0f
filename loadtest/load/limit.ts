import type { LatencyRow } from './recorder.js';

/** What the figures of a run are not: `client` was the limit, or the rate of the schedule was not `offered`. */
export interface Limit {
  readonly kind: 'client' | 'offered';
  readonly why: string;
}

/** What is looked at. */
interface Judged {
  readonly duePerSec: number;
  readonly offeredPerSec: number;
  readonly sendLateness: LatencyRow;
  readonly generatorCpuShare: number;
}

/** A generator later than this at its 99th percentile was short of CPU: its own wait is in the figures. */
export const LATE_P99_MS = 5;
/** Of one core: beyond it a generator has no room for a click that comes out of turn. */
export const CPU_SHARE_MAX = 0.9;
/** Less of the schedule than this was sent: the rate was not offered. */
const OFFERED_SHARE_MIN = 0.98;

/** Whether the figures of a run are not the server's, and why; undefined when they are. */
export function limitOf(run: Judged): Limit | undefined {
  const { duePerSec, offeredPerSec, sendLateness, generatorCpuShare } = run;
  const share = Math.round(100 * generatorCpuShare);
  if (sendLateness.p99 > LATE_P99_MS)
    return {
      kind: 'client',
      why: `the generator sent 1 of 100 clicks ${sendLateness.p99.toFixed(1)} ms late or later, busy ${share} % of a core: give it a core of its own, or a lower rate`,
    };
  if (generatorCpuShare > CPU_SHARE_MAX)
    return {
      kind: 'client',
      why: `the generator was busy ${share} % of a core: offer less, or start several of them`,
    };
  if (offeredPerSec >= OFFERED_SHARE_MIN * duePerSec) return undefined;
  return {
    kind: 'offered',
    why: `${duePerSec.toFixed(0)} clicks/s were due and ${offeredPerSec.toFixed(0)} could be sent: connections were lost or not opened`,
  };
}

/** The limit for people. */
export function limitLines({ kind, why }: Limit): string[] {
  const what =
    kind === 'client'
      ? "THE CLIENT WAS THE LIMIT: these figures are not the server's"
      : 'THE RATE WAS NOT OFFERED: these are no figures of that rate';
  return [`${what}. ${why[0].toUpperCase()}${why.slice(1)}.`];
}
