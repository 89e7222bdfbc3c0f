import type { ClosedLoopResult } from './closed-loop.js';

/** How far a climb goes. */
export interface ClimbBounds {
  readonly connectionsMax: number;
  /** p99 that a step may have, ms. */
  readonly p99MaxMs: number;
}

/** Why a climb ended: `flat` is a rate that no longer rises. */
export type ClimbEnd = 'errors' | 'p99' | 'flat' | 'connections';

/** The steps of a climb. */
export interface HighestRate {
  readonly steps: readonly ClosedLoopResult[];
  /** The highest rate of a step without errors and within the bound of p99; undefined when there is none. */
  readonly best: ClosedLoopResult | undefined;
  readonly end: ClimbEnd;
}

/** A rate has risen when it is so much above the best one. */
const RISE = 1.03;
/** Steps without a rise that end a climb; one alone may be the machine's noise. */
const FLAT_STEPS = 2;

/**
 * Doubles the connections, from one, until p99 passes its bound, the rate no longer rises, something fails, or all connections
 * are used.
 */
export async function findHighestRate(
  measure: (connections: number) => Promise<ClosedLoopResult>,
  { connectionsMax, p99MaxMs }: ClimbBounds,
  onStep: (step: ClosedLoopResult) => void,
): Promise<HighestRate> {
  const steps: ClosedLoopResult[] = [];
  let best: ClosedLoopResult | undefined;
  let [flat, connections] = [0, 1];
  for (;;) {
    const step = await measure(connections);
    steps.push(step);
    onStep(step);
    if (failures(step) > 0) return { steps, best, end: 'errors' };
    if (step.latency.p99 > p99MaxMs) return { steps, best, end: 'p99' };
    flat = step.ratePerSec > (best?.ratePerSec ?? 0) * RISE ? 0 : flat + 1;
    if (best === undefined || step.ratePerSec > best.ratePerSec) best = step;
    if (flat === FLAT_STEPS) return { steps, best, end: 'flat' };
    if (connections === connectionsMax) return { steps, best, end: 'connections' };
    connections = Math.min(connections * 2, connectionsMax);
  }
}

/** Calls of a step that had no answer, or one that was not 2xx. */
export function failures({ errors, not2xx }: ClosedLoopResult): number {
  return errors + not2xx;
}
