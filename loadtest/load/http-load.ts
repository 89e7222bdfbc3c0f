import type { Clock } from '../../metrics/process/clock.js';
import type { Progress } from '../../metrics/process/progress.js';
import { arrivalTimes, playSchedule, type ArrivalKind } from '../stream/arrivals.js';
import { lengthOf, type RateShape } from '../stream/rate-shape.js';
import { seededRandom } from '../stream/seeded-random.js';
import { HttpCaller } from '../target/http-caller.js';
import { ServerWatch, type ServerSample } from '../target/server-watch.js';
import { CallBodies, sampleItems, type LoadedCall } from './call-bodies.js';
import { limitOf, type Limit } from './limit.js';
import { LatencyRecorder, type LatencyPoint, type LatencyRow } from './recorder.js';
import { Windows, type WindowRow } from './windows.js';

/** What is called, how often, over how many connections. */
export interface HttpLoadPlan {
  readonly url: string;
  readonly call: LoadedCall;
  /** Rate over warm-up and measured time; its length is that of both. */
  readonly shape: RateShape;
  readonly warmup: number;
  readonly connections: number;
  readonly arrivals: ArrivalKind;
  readonly seed: number;
  readonly k: number;
  /** Items of a `rank`. */
  readonly candidates: number;
  readonly watchSec?: number;
}

/** Result of an HTTP load run. Latencies in ms from the time each call was due; calls of the warm-up are not in it. */
export interface HttpLoadResult {
  readonly call: LoadedCall;
  readonly duePerSec: number;
  readonly offeredPerSec: number;
  /** Answers by the time from the first due to the last answer (at least the measured time). */
  readonly achievedPerSec: number;
  readonly latency: LatencyRow;
  readonly sendLateness: LatencyRow;
  /** Of answers, and of how late calls were sent. */
  readonly distributions: Readonly<Record<'answer' | 'late', readonly LatencyPoint[]>>;
  readonly answers: number;
  readonly not2xx: number;
  readonly errors: number;
  /** Those of the errors that had no answer in time. */
  readonly timeouts: number;
  readonly generatorCpuShare: number;
  readonly limit?: Limit;
  readonly windowSeconds: number;
  readonly windows: readonly WindowRow[];
  readonly server: readonly ServerSample[];
}

/** Calls under way or waiting for a connection; what comes due beyond them is an error. */
const UNANSWERED_MAX = 50_000;
const DONE_LOOK_MS = 10;

/**
 * Calls `POST /v1/recommend`, `/v1/rank` or `/v1/events` on a schedule, whether answers come or not, as the socket load does: over
 * at most `connections` connections, and what finds all of them busy waits, which is in its latency. Each connection's worth of
 * calls is one shopper. What is ranked or looked at is of the catalogue; rejects when that is empty.
 */
export async function runHttpLoad(
  plan: HttpLoadPlan,
  clock: Clock,
  progress: Progress,
): Promise<HttpLoadResult> {
  const { call, connections, seed, k, candidates } = plan;
  const items = call === 'recommend' ? [] : await sampleItems(plan.url, candidates);
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
  readonly #caller: HttpCaller;
  readonly #bodies: CallBodies;
  readonly #watch: ServerWatch;
  readonly #seconds: number;
  readonly #latency = new LatencyRecorder();
  readonly #lateness = new LatencyRecorder();
  #windows: Windows;
  #fromUs = 0;
  #due = 0;
  #measured = 0;
  #underWay = 0;
  #answered = 0;
  #not2xx = 0;
  #errors = 0;
  #timeouts = 0;
  #lastAnswerUs = 0;

  constructor(plan: HttpLoadPlan, bodies: CallBodies, clock: Clock) {
    this.#plan = plan;
    this.#clock = clock;
    this.#seconds = lengthOf(plan.shape) - plan.warmup;
    this.#windows = new Windows(0, this.#seconds);
    this.#caller = new HttpCaller(new URL(`/v1/${plan.call}`, plan.url), plan.connections);
    this.#watch = new ServerWatch(plan.url, clock);
    this.#bodies = bodies;
  }

  async offerCalls(progress: Progress): Promise<HttpLoadResult> {
    const { warmup, arrivals, shape, seed, watchSec = 0 } = this.#plan;
    const cpuBefore = process.cpuUsage();
    const startUs = this.#clock.nowUs();
    this.#fromUs = startUs + warmup * 1e6;
    const endUs = this.#fromUs + this.#seconds * 1e6;
    this.#windows = new Windows(this.#fromUs, this.#seconds);
    this.#watch.begin(this.#fromUs, watchSec);
    await playSchedule(
      arrivalTimes(arrivals, shape, seededRandom(seed)),
      { startUs, endUs },
      this.#clock,
      (dueUs) => {
        this.#call(dueUs);
        progress.update(++this.#due, `${this.#answered} answers`);
      },
    );
    await this.#done();
    const cpu = process.cpuUsage(cpuBefore);
    return this.#result((cpu.user + cpu.system) / (this.#clock.nowUs() - startUs));
  }

  close(): void {
    this.#watch.stop();
    this.#caller.close();
  }

  /** Every call ends: by its answer, or when its time is over. */
  #done(): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (this.#underWay === 0) resolve();
        else setTimeout(look, DONE_LOOK_MS);
      };
      look();
    });
  }

  #result(generatorCpuShare: number): HttpLoadResult {
    const wallSeconds = Math.max(this.#seconds, (this.#lastAnswerUs - this.#fromUs) / 1e6);
    const figures = {
      duePerSec: this.#measured / this.#seconds,
      offeredPerSec: this.#lateness.count / this.#seconds,
      achievedPerSec: this.#answered / wallSeconds,
      latency: this.#latency.row(),
      sendLateness: this.#lateness.row(),
      distributions: { answer: this.#latency.distribution(), late: this.#lateness.distribution() },
      answers: this.#answered,
      not2xx: this.#not2xx,
      errors: this.#errors,
      timeouts: this.#timeouts,
      generatorCpuShare,
    };
    const limit = limitOf(figures);
    return {
      call: this.#plan.call,
      ...figures,
      ...(limit !== undefined && { limit }),
      windowSeconds: this.#windows.seconds,
      windows: this.#windows.rows(),
      server: this.#watch.samples,
    };
  }

  #call(dueUs: number): void {
    const isMeasured = dueUs >= this.#fromUs;
    if (isMeasured) {
      this.#measured++;
      this.#windows.due(dueUs);
    }
    if (this.#underWay === UNANSWERED_MAX) {
      if (isMeasured) this.#errors++;
      return;
    }
    this.#underWay++;
    this.#caller.call(this.#bodies.of(this.#due), (status, failure) => {
      this.#underWay--;
      if (isMeasured) this.#heard(dueUs, status, failure);
    });
    if (!isMeasured) return;
    const nowUs = this.#clock.nowUs();
    this.#lateness.record(nowUs - dueUs);
    this.#windows.sentLate(dueUs, nowUs);
  }

  #heard(dueUs: number, status: number, failure: string): void {
    if (status === 0) {
      this.#errors++;
      if (failure === 'timeout') this.#timeouts++;
      return;
    }
    this.#lastAnswerUs = this.#clock.nowUs();
    this.#latency.record(this.#lastAnswerUs - dueUs);
    this.#windows.listed(dueUs, this.#lastAnswerUs);
    this.#answered++;
    if (status < 200 || status > 299) this.#not2xx++;
  }
}
