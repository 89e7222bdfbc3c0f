import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Clock } from '../../metrics/process/clock.js';
import type { Progress } from '../../metrics/process/progress.js';
import { arrivalTimes, playSchedule } from './arrivals.js';
import { CallBodies, sampleItems, type LoadedCall } from './call-bodies.js';
import type { LoadPlan } from './load-run.js';
import { LatencyRecorder, type LatencyRow } from './recorder.js';
import { seededRandom } from './seeded-random.js';

export interface HttpLoadPlan extends LoadPlan {
  readonly call: LoadedCall;
}

/** Result of an HTTP load run. Latencies in ms from the time each call was due; calls of the warm-up are not in it. */
export interface HttpLoadResult {
  readonly call: string;
  readonly offeredPerSec: number;
  /** Answers by the time from the first due to the last answer (at least the measured time). */
  readonly achievedPerSec: number;
  readonly latency: LatencyRow;
  readonly answers: number;
  readonly not2xx: number;
  readonly errors: number;
  /** Those of the errors that had no answer in time. */
  readonly timeouts: number;
}

/** A call without an answer for this long is an error. */
const ANSWER_MS = 10_000;
/** Calls under way or waiting for a connection; what comes due beyond them is an error. */
const UNANSWERED_MAX = 50_000;

/**
 * Calls `POST /v1/recommend`, `/v1/rank` or `/v1/events` on a schedule, whether answers come or not, as the socket load does: over
 * at most `connections` connections, and what finds all of them busy waits, which is in its latency. Each connection's worth of
 * calls is one shopper. What is ranked or looked at comes from one `recommend` of 100 items; rejects when that gets none.
 */
export async function runHttpLoad(
  plan: HttpLoadPlan,
  clock: Clock,
  progress: Progress,
): Promise<HttpLoadResult> {
  const { call, connections, seed, k } = plan;
  const items = call === 'recommend' ? [] : await sampleItems(plan.url);
  const bodies = new CallBodies({ call, shoppers: connections, seed, k }, items, runName(clock));
  const run = new HttpRun(plan, bodies, clock);
  try {
    return await run.offerCalls(progress);
  } finally {
    run.close();
  }
}

/** Of a run that starts now. */
export function runName(clock: Clock): string {
  return Math.floor(clock.nowMs()).toString(36);
}

class HttpRun {
  readonly #plan: HttpLoadPlan;
  readonly #clock: Clock;
  readonly #url: URL;
  readonly #agent: HttpAgent;
  readonly #request: typeof httpRequest;
  readonly #bodies: CallBodies;
  readonly #latency = new LatencyRecorder();
  /** Resolved when nothing is under way any more; undefined while calls are still to come. */
  #whenDone: (() => void) | undefined;
  #measuredFromUs = 0;
  #due = 0;
  #measured = 0;
  #underWay = 0;
  #answers = 0;
  #not2xx = 0;
  #errors = 0;
  #timeouts = 0;
  #lastAnswerUs = 0;

  constructor(plan: HttpLoadPlan, bodies: CallBodies, clock: Clock) {
    const { url, call, connections } = plan;
    this.#plan = plan;
    this.#clock = clock;
    this.#url = new URL(`/v1/${call}`, url);
    const isSecure = this.#url.protocol === 'https:';
    this.#request = isSecure ? httpsRequest : httpRequest;
    this.#agent = new (isSecure ? HttpsAgent : HttpAgent)({ keepAlive: true, maxSockets: connections });
    this.#bodies = bodies;
  }

  async offerCalls(progress: Progress): Promise<HttpLoadResult> {
    const { rate, seconds, warmup, arrivals, seed } = this.#plan;
    const startUs = this.#clock.nowUs();
    this.#measuredFromUs = startUs + warmup * 1e6;
    const endUs = this.#measuredFromUs + seconds * 1e6;
    const times = arrivalTimes(arrivals, rate, seededRandom(seed));
    await playSchedule(times, { startUs, endUs }, this.#clock, (dueUs) => {
      this.#call(dueUs);
      progress.update(++this.#due, `${this.#answers} answers`);
    });
    await new Promise<void>((resolve) => {
      this.#whenDone = resolve;
      if (this.#underWay === 0) resolve();
    });
    return this.#result(Math.max(seconds, (this.#lastAnswerUs - this.#measuredFromUs) / 1e6));
  }

  close(): void {
    this.#agent.destroy();
  }

  #result(wallSeconds: number): HttpLoadResult {
    return {
      call: this.#plan.call,
      offeredPerSec: this.#measured / this.#plan.seconds,
      achievedPerSec: this.#answers / wallSeconds,
      latency: this.#latency.row(),
      answers: this.#answers,
      not2xx: this.#not2xx,
      errors: this.#errors,
      timeouts: this.#timeouts,
    };
  }

  #call(dueUs: number): void {
    const isMeasured = dueUs >= this.#measuredFromUs;
    if (isMeasured) this.#measured++;
    if (this.#underWay === UNANSWERED_MAX) {
      if (isMeasured) this.#errors++;
      return;
    }
    this.#underWay++;
    const body = this.#bodies.of(this.#due);
    const call = this.#request(this.#url, {
      method: 'POST',
      agent: this.#agent,
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    // An answer that is cut off is told by both.
    let failure: Error | undefined;
    const failed = (error: Error) => (failure ??= error);
    call.once('response', (answer) => {
      answer.once('end', () => isMeasured && this.#answered(answer, dueUs));
      answer.once('error', failed).resume();
    });
    call.once('error', failed);
    call.once('close', () => {
      if (isMeasured && failure !== undefined) this.#failed(failure);
      if (--this.#underWay === 0) this.#whenDone?.();
    });
    call.end(body);
  }

  #answered({ statusCode = 0 }: IncomingMessage, dueUs: number): void {
    this.#lastAnswerUs = this.#clock.nowUs();
    this.#latency.record(this.#lastAnswerUs - dueUs);
    this.#answers++;
    if (statusCode < 200 || statusCode > 299) this.#not2xx++;
  }

  #failed(error: Error): void {
    this.#errors++;
    if (error.name === 'AbortError' || error.name === 'TimeoutError') this.#timeouts++;
  }
}

/** The result for people. */
export function httpReport(result: HttpLoadResult): string {
  const { p50, p90, p99, p999, max } = result.latency;
  const [a, b, c, d, e] = [p50, p90, p99, p999, max].map((ms) => ms.toFixed(2));
  return [
    `POST /v1/${result.call}: offered ${result.offeredPerSec.toFixed(1)} calls/s, achieved ${result.achievedPerSec.toFixed(1)}`,
    `latency ms: p50 ${a}, p90 ${b}, p99 ${c}, p99.9 ${d}, max ${e}`,
    `answers ${result.answers}, not 2xx ${result.not2xx}, errors ${result.errors} (timeouts ${result.timeouts})`,
  ].join('\n');
}
