import autocannon from 'autocannon';
import type { Clock } from '../../metrics/process/clock.js';
import type { CallBodies } from './call-bodies.js';
import { LatencyRecorder, type LatencyRow } from './recorder.js';

/** How one closed loop is driven. */
export interface ClosedLoopPlan {
  /** Of the call. */
  readonly url: URL;
  /** Each has one call under way, never more, and sends the next when the answer is there. */
  readonly connections: number;
  /** Seconds before anything counts. */
  readonly warmup: number;
  /** Measured seconds. */
  readonly seconds: number;
}

/** Result of a closed loop, without its warm-up but for `errors`. Latencies in ms, from a call to its whole answer. */
export interface ClosedLoopResult {
  readonly connections: number;
  readonly ratePerSec: number;
  readonly latency: LatencyRow;
  readonly not2xx: number;
  /** Calls of the whole run that had no answer: refused, cut off, or too late. */
  readonly errors: number;
  /** The generator's CPU time by wall time; near 1 it is the generator that was measured. */
  readonly generatorCpuShare: number;
}

/** A call without an answer for this long is an error. */
const ANSWER_SEC = 10;
/** Errors after which a run ends early: nobody may be there. */
const ERRORS_MAX = 1_000;
/** How often the generator looks whether its time is over. */
const LOOK_MS = 50;

/**
 * Calls as fast as the answers come, over `connections` connections. The generator's own histogram has whole milliseconds, so
 * latencies are recorded here.
 */
export async function runClosedLoop(
  plan: ClosedLoopPlan,
  bodies: CallBodies,
  clock: Clock,
): Promise<ClosedLoopResult> {
  const { url, connections, warmup, seconds } = plan;
  const latency = new LatencyRecorder();
  let [not2xx, shopper] = [0, 0];
  const cpuBefore = process.cpuUsage();
  const startUs = clock.nowUs();
  const fromUs = startUs + warmup * 1e6;
  const endUs = fromUs + seconds * 1e6;
  const heard = (status: number, _bytes: number, tookMs: number): void => {
    const nowUs = clock.nowUs();
    if (nowUs < fromUs || nowUs >= endUs) return;
    latency.record(tookMs * 1_000);
    if (status < 200 || status > 299) not2xx++;
  };
  const total = await autocannon({
    url: url.href,
    connections,
    pipelining: 1,
    duration: warmup + seconds,
    timeout: ANSWER_SEC,
    bailout: ERRORS_MAX,
    sampleInt: LOOK_MS,
    setupClient: (client) => {
      client.setRequests([requestOf(bodies, shopper++)]);
      client.on('response', heard);
    },
  });
  const cpu = process.cpuUsage(cpuBefore);
  return {
    connections,
    ratePerSec: latency.count / seconds,
    latency: latency.row(),
    not2xx,
    errors: total.errors + lostCalls(total, connections),
    generatorCpuShare: (cpu.user + cpu.system) / (clock.nowUs() - startUs),
  };
}

/** What a server that ends a connection leaves unanswered; the generator connects again and says nothing. */
function lostCalls({ requests, errors, ...answers }: autocannon.Result, connections: number): number {
  const answered = answers['2xx'] + answers.non2xx;
  return Math.max(0, requests.sent - answered - errors - connections);
}

function requestOf(bodies: CallBodies, shopper: number): autocannon.Request {
  const request = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: bodies.of(shopper),
  } as const;
  if (!bodies.isFresh) return request;
  return { ...request, setupRequest: (one) => ({ ...one, body: bodies.of(shopper) }) };
}
