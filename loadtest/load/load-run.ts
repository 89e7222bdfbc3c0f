import type { Slot } from '../../gateway/protocol/messages.js';
import type { Clock } from '../../metrics/process/clock.js';
import type { Progress } from '../../metrics/process/progress.js';
import { arrivalTimes, playSchedule, type ArrivalKind } from '../stream/arrivals.js';
import type { ClickStream } from '../stream/click-stream.js';
import { lengthOf, type RateShape } from '../stream/rate-shape.js';
import { seededRandom } from '../stream/seeded-random.js';
import { scrapeMetrics, shedSeconds, stageRows } from '../target/server-stages.js';
import { residentBytes, ServerWatch, type ServerSample } from '../target/server-watch.js';
import { ClickRecorder } from './click-recorder.js';
import type { Companion } from './companion.js';
import { LoadCrowd } from './load-crowd.js';
import { figuresOf, type LoadResult, type Phase } from './load-result.js';

/** What is offered: which clicks, how many a second and when, and what else happens meanwhile. */
export interface LoadPlan {
  /** Of the gateway whose metrics are read. */
  readonly url: string;
  /** Of the gateways that shoppers come to. */
  readonly urls: readonly string[];
  /** Rate over warm-up and measured time; its length is that of both. */
  readonly shape: RateShape;
  /** Seconds at the beginning that are not measured. */
  readonly warmup: number;
  readonly arrivals: ArrivalKind;
  readonly seed: number;
  readonly stream: ClickStream;
  readonly slots: readonly Slot[];
  /** Name of the shopper with a number; undefined: a visitor. */
  readonly nameOf: (shopper: number) => string | undefined;
  readonly phases?: readonly Phase[];
  readonly companions?: readonly Companion[];
  /** How often the server is asked for its metrics; never when 0. */
  readonly watchSec?: number;
}

/** How long answers are waited for after the last click. */
const DRAIN_MS = 5_000;
const DRAIN_STEP_MS = 10;
const SHOW_MS = 200;
/** Shoppers come so long before their first click, and so many at most. */
const AHEAD_SEC = 0.25;
const AHEAD_MAX = 2_000;

/**
 * Opens the connections, offers clicks on the schedule for warm-up and measured time, waits for the answers, closes.
 * Rejects when a connection cannot be opened or gets no items to click.
 */
export async function runLoad(plan: LoadPlan, clock: Clock, progress: Progress): Promise<LoadResult> {
  const run = new LoadRun(plan, clock);
  try {
    const beforeBytes = residentBytes(await scrapeMetrics(plan.url));
    await run.open();
    const before = await scrapeMetrics(plan.url);
    const cpuBefore = process.cpuUsage();
    const startUs = clock.nowUs();
    await run.offerClicks(progress);
    await run.drain();
    const cpu = process.cpuUsage(cpuBefore);
    const generatorCpuShare = (cpu.user + cpu.system) / (clock.nowUs() - startUs);
    const after = await scrapeMetrics(plan.url);
    const memory = { beforeBytes, openBytes: residentBytes(before), afterBytes: residentBytes(after) };
    const beside = Object.assign({}, ...(plan.companions ?? []).map((companion) => companion.end()));
    const parts = {
      ...plan,
      connections: plan.stream.present,
      server: run.samples,
      generatorCpuShare,
      beside,
    };
    return {
      ...figuresOf(run.recorder, parts),
      memory,
      stages: stageRows(before, after),
      shedSeconds: shedSeconds(before, after),
    };
  } finally {
    run.close();
  }
}

/** The shoppers of one run, and what is recorded of their clicks. */
export class LoadRun {
  readonly #plan: LoadPlan;
  readonly #clock: Clock;
  readonly recorder: ClickRecorder;
  readonly #crowd: LoadCrowd;
  readonly #watch: ServerWatch;
  readonly #measuredSec: number;

  constructor(plan: LoadPlan, clock: Clock) {
    this.#plan = plan;
    this.#clock = clock;
    this.#measuredSec = lengthOf(plan.shape) - plan.warmup;
    this.recorder = new ClickRecorder(this.#measuredSec);
    this.#watch = new ServerWatch(plan.url, clock);
    const { stream, shape } = plan;
    const ratePerSec = Math.max(...shape.map((piece) => Math.max(piece.fromPerSec, piece.toPerSec)));
    const comersPerSec = ratePerSec / stream.meanClicks;
    const ahead = Math.min(AHEAD_MAX, Math.ceil(comersPerSec * AHEAD_SEC));
    this.#crowd = new LoadCrowd({ ...plan, present: stream.present, ahead }, clock, this.recorder);
  }

  get samples(): readonly ServerSample[] {
    return this.#watch.samples;
  }

  async open(): Promise<void> {
    await this.#crowd.openFirst();
    for (const companion of this.#plan.companions ?? []) await companion.open();
  }

  /** @param startUs when the warm-up begins, clock µs. */
  async offerClicks(progress: Progress, startUs = this.#clock.nowUs()): Promise<void> {
    const { warmup, arrivals, shape, seed, stream, companions = [], watchSec = 0 } = this.#plan;
    const { recorder } = this;
    const fromUs = startUs + warmup * 1e6;
    const endUs = fromUs + this.#measuredSec * 1e6;
    recorder.begin(fromUs);
    this.#watch.begin(fromUs, watchSec);
    for (const companion of companions)
      companion.begin({ crowd: this.#crowd, clock: this.#clock, fromUs, endUs });
    const times = arrivalTimes(arrivals, shape, seededRandom(seed + 1));
    const showing = setInterval(() => {
      const note = `${recorder.dueCount - recorder.listedCount} without a list yet`;
      progress.update(recorder.dueCount, note);
    }, SHOW_MS);
    try {
      await playSchedule(times, { startUs, endUs }, this.#clock, (dueUs) => {
        recorder.due(dueUs);
        this.#crowd.click(dueUs, stream.next());
      });
    } finally {
      clearInterval(showing);
    }
  }

  /** Resolves when no shopper waits for anything, or after `DRAIN_MS`. */
  drain(): Promise<void> {
    const endUs = this.#clock.nowUs() + DRAIN_MS * 1_000;
    return new Promise((resolve) => {
      const look = (): void => {
        if (!this.#crowd.isWaiting || this.#clock.nowUs() >= endUs) resolve();
        else setTimeout(look, DRAIN_STEP_MS);
      };
      look();
    });
  }

  close(): void {
    this.#watch.stop();
    this.#crowd.close();
  }
}
