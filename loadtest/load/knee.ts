import { CPU_SHARE_MAX, type Limit } from './limit.js';

/** One rate that was offered for a while. Latencies in ms. */
export interface KneeStep {
  readonly ratePerSec: number;
  readonly seconds: number;
  readonly offeredPerSec: number;
  readonly achievedPerSec: number;
  readonly p50: number;
  readonly p99: number;
  readonly ackP99?: number;
  /** Clicks or calls without an answer, or refused; connections lost. */
  readonly failures: number;
  readonly generatorCpuShare: number;
  /** Of the time, how long a shard left work of a list out because of too much load; absent where the server does not say. */
  readonly shedShare?: number;
  readonly limit?: Limit;
}

export interface KneeBounds {
  /** Rate of the first step. */
  readonly fromPerSec: number;
  readonly p99MaxMs: number;
  /** Measured seconds of a step; the last one, which confirms, has twice as many. */
  readonly seconds: number;
}

/** `client`: the generator could not offer more, the server takes `best` at least; `steps`: there were too many. */
export type KneeEnd = 'found' | 'client' | 'steps';

export interface Knee {
  readonly steps: readonly KneeStep[];
  /** The highest rate that held, confirmed by a step of twice the time; undefined when none did. */
  readonly best: KneeStep | undefined;
  readonly end: KneeEnd;
}

const RISE = 1.3;
/** Where the first rate does not hold lower ones are offered, down to this share of it. */
const FALL = 0.7;
const FALL_TO = 0.05;
/** A rate found bad is tried once more: the machine may have had something else to do. */
const TRIES = 2;
/** A generator that was late without being busy was kept waiting by the machine, which says nothing of the server: the rate is offered again, so often in all. */
const KEPT_WAITING_TRIES = 6;
/** Lists of fewer candidates, or of neighbours, are not what the rate is of. */
const SHED_SHARE_MAX = 0.01;
/** The knee is looked for between the last good and the first bad rate, until they are so near. */
const NEAR = 1.04;
/** A rate that was not confirmed is lowered by this. */
const LOWER = 0.96;
const STEPS_MAX = 60;
/** A step holds when so much of what was offered was answered within it. */
const ACHIEVED_SHARE_MIN = 0.97;

/** Why a step does not hold; undefined when it does. */
export function stepProblem(step: KneeStep, p99MaxMs: number): string | undefined {
  if (step.limit !== undefined) return step.limit.why;
  if (step.failures > 0) return `${step.failures} failed`;
  if ((step.shedShare ?? 0) > SHED_SHARE_MAX)
    return `the server left work out for ${Math.ceil(100 * (step.shedShare ?? 0))} % of the time`;
  if (step.p99 > p99MaxMs) return `p99 above ${p99MaxMs} ms`;
  if (step.achievedPerSec < ACHIEVED_SHARE_MIN * step.offeredPerSec) return 'answers fell behind';
  return undefined;
}

/** True when it was the machine that kept the generator from sending in time. */
function wasKeptWaiting({ limit, generatorCpuShare }: KneeStep): boolean {
  return limit?.kind === 'client' && generatorCpuShare <= CPU_SHARE_MAX;
}

/**
 * Offers higher and higher rates until one does not hold, or lower ones where the first does not, looks between the last two for the
 * knee, and confirms what it found.
 *
 * @param measure offers a rate for so many seconds.
 */
export async function findKnee(
  measure: (ratePerSec: number, seconds: number) => Promise<KneeStep>,
  { fromPerSec, p99MaxMs, seconds }: KneeBounds,
  onStep: (step: KneeStep, problem: string | undefined) => void,
): Promise<Knee> {
  const steps: KneeStep[] = [];
  let isClient = false;
  const holds = async (ratePerSec: number, long: number): Promise<KneeStep | undefined> => {
    let [tries, waited] = [0, 0];
    while (tries < TRIES && waited < KEPT_WAITING_TRIES && steps.length < STEPS_MAX) {
      const step = await measure(ratePerSec, long);
      if (wasKeptWaiting(step)) waited++;
      else tries++;
      const problem = stepProblem(step, p99MaxMs);
      steps.push(step);
      onStep(step, problem);
      isClient = step.limit?.kind === 'client';
      if (problem === undefined) return step;
    }
    return undefined;
  };
  let [good, bad] = [0, fromPerSec];
  let last: KneeStep | undefined;
  for (let step = await holds(bad, seconds); step !== undefined; step = await holds(bad, seconds)) {
    last = step;
    [good, bad] = [bad, Math.round(bad * RISE)];
  }
  // The server takes the last rate at least.
  if (isClient) return { steps, best: last, end: 'client' };
  for (let rate = FALL * bad; good === 0 && rate >= FALL_TO * fromPerSec; rate *= FALL) {
    if ((await holds(Math.round(rate), seconds)) === undefined) bad = Math.round(rate);
    else good = Math.round(rate);
  }
  while (good > 0 && bad / good > NEAR && steps.length < STEPS_MAX) {
    const middle = Math.round(Math.sqrt(good * bad));
    if ((await holds(middle, seconds)) === undefined) bad = middle;
    else good = middle;
  }
  let best: KneeStep | undefined;
  while (best === undefined && good >= 1 && steps.length < STEPS_MAX) {
    best = await holds(good, 2 * seconds);
    good = Math.floor(good * LOWER);
  }
  const end = best === undefined && isClient ? 'client' : steps.length >= STEPS_MAX ? 'steps' : 'found';
  return { steps, best, end };
}
