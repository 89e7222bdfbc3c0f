import type { Slot } from '../../gateway/protocol/messages.js';
import type { Clock } from '../../metrics/process/clock.js';
import type { Progress } from '../../metrics/process/progress.js';
import { arrivalTimes, playSchedule, type ArrivalKind } from '../stream/arrivals.js';
import type { ClickStream } from '../stream/click-stream.js';
import { lengthOf, type RateShape } from '../stream/rate-shape.js';
import { seededRandom } from '../stream/seeded-random.js';
import { scrapeMetrics, shedSeconds, stageRows, type StageRow } from '../target/server-stages.js';
import { residentBytes, ServerWatch, type ServerSample } from '../target/server-watch.js';
import { ClickRecorder } from './click-recorder.js';
import type { Companion } from './companion.js';
import { LoadCrowd } from './load-crowd.js';
import { limitOf, type Limit } from './limit.js';
import type { LatencyPoint, LatencyRow } from './recorder.js';
import type { WindowRow } from './windows.js';

/** A part of the measured time that is reported by itself. */
export interface Phase {
  readonly name: string;
  readonly fromSec: number;
  readonly toSec: number;
}

/** What is offered: which clicks, how many a second and when, and what else happens meanwhile. */
export interface LoadPlan {
  readonly url: string;
  /** Rate over warm-up and measured time; its length is that of both. */
  readonly shape: RateShape;
  /** Seconds at the beginning that are not measured. */
  readonly warmup: number;
  readonly arrivals: ArrivalKind;
  readonly seed: number;
  readonly stream: ClickStream;
  readonly slots: readonly Slot[];
  /** Name of the shopper with a number. */
  readonly nameOf: (shopper: number) => string;
  readonly phases?: readonly Phase[];
  readonly companions?: readonly Companion[];
  /** How often the server is asked for its metrics; never when 0. */
  readonly watchSec?: number;
}

/** Figures of one phase. */
export interface PhaseRow extends Phase {
  readonly duePerSec: number;
  readonly listedPerSec: number;
  readonly clickToList: LatencyRow;
}

/** Resident bytes before the connections were opened, after that, and at the end. */
export interface ServerMemory {
  readonly beforeBytes: number;
  readonly openBytes: number;
  readonly afterBytes: number;
}

/** Result of a load run. Latencies in ms; counts include the warm-up, latencies and rates do not. */
export interface LoadResult {
  /** Clicks of the schedule in the measured time, and those of them that were sent, a second. */
  readonly duePerSec: number;
  readonly offeredPerSec: number;
  /** Measured clicks that got their list, by the time from the first due to the last list (at least the measured time). */
  readonly achievedPerSec: number;
  readonly clickToList: LatencyRow;
  readonly clickToAck: LatencyRow;
  readonly sendLateness: LatencyRow;
  /** Of clicks to lists, to acks, and of how late they were sent. */
  readonly distributions: Readonly<Record<'list' | 'ack' | 'late', readonly LatencyPoint[]>>;
  readonly clicks: number;
  readonly missingLists: number;
  readonly missingAcks: number;
  readonly refused: Readonly<Record<string, number>>;
  readonly closed: Readonly<Record<string, number>>;
  /** The generator's own CPU time by wall time; near 1 it is the generator that was measured. */
  readonly generatorCpuShare: number;
  /** Why the figures are not the server's; absent when they are. */
  readonly limit?: Limit;
  readonly phases: readonly PhaseRow[];
  readonly windowSeconds: number;
  readonly windows: readonly WindowRow[];
  readonly server: readonly ServerSample[];
  readonly connections: number;
  /** The server's resident bytes; NaN where it does not say. */
  readonly memory: ServerMemory;
  /** What the companions did. */
  readonly beside: Readonly<Record<string, number>>;
  /** Where the server says the time went, warm-up included; empty when it does not say. */
  readonly stages: readonly StageRow[];
  /** How long shards left work of lists out because of too much load, all together; 0 when the server does not say. */
  readonly shedSeconds: number;
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
    return {
      ...run.result(generatorCpuShare),
      memory,
      stages: stageRows(before, after),
      shedSeconds: shedSeconds(before, after),
    };
  } finally {
    run.close();
  }
}

/** The shoppers of one run, and what is recorded of their clicks. */
class LoadRun {
  readonly #plan: LoadPlan;
  readonly #clock: Clock;
  readonly #recorder: ClickRecorder;
  readonly #crowd: LoadCrowd;
  readonly #watch: ServerWatch;
  readonly #measuredSec: number;

  constructor(plan: LoadPlan, clock: Clock) {
    this.#plan = plan;
    this.#clock = clock;
    this.#measuredSec = lengthOf(plan.shape) - plan.warmup;
    this.#recorder = new ClickRecorder(this.#measuredSec);
    this.#watch = new ServerWatch(plan.url, clock);
    const { stream, shape } = plan;
    const ratePerSec = Math.max(...shape.map((piece) => Math.max(piece.fromPerSec, piece.toPerSec)));
    const comersPerSec = ratePerSec / stream.meanClicks;
    const ahead = Math.min(AHEAD_MAX, Math.ceil(comersPerSec * AHEAD_SEC));
    this.#crowd = new LoadCrowd({ ...plan, present: stream.present, ahead }, clock, this.#recorder);
  }

  async open(): Promise<void> {
    await this.#crowd.openFirst();
    for (const companion of this.#plan.companions ?? []) await companion.open();
  }

  async offerClicks(progress: Progress): Promise<void> {
    const { warmup, arrivals, shape, seed, stream, companions = [], watchSec = 0 } = this.#plan;
    const recorder = this.#recorder;
    const startUs = this.#clock.nowUs();
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

  result(generatorCpuShare: number): Omit<LoadResult, 'memory' | 'stages' | 'shedSeconds'> {
    const recorder = this.#recorder;
    const seconds = this.#measuredSec;
    const tookSeconds = Math.max(seconds, (recorder.lastListUs - recorder.measuredFromUs) / 1e6);
    const figures = {
      duePerSec: recorder.measuredCount / seconds,
      offeredPerSec: recorder.sentCount / seconds,
      achievedPerSec: recorder.clickToList.count / tookSeconds,
      clickToList: recorder.clickToList.row(),
      clickToAck: recorder.clickToAck.row(),
      sendLateness: recorder.sendLateness.row(),
      distributions: {
        list: recorder.clickToList.distribution(),
        ack: recorder.clickToAck.distribution(),
        late: recorder.sendLateness.distribution(),
      },
      clicks: recorder.dueCount,
      missingLists: recorder.dueCount - recorder.listedCount,
      missingAcks: recorder.dueCount - recorder.ackedCount,
      refused: recorder.refused.toJSON(),
      closed: recorder.closed.toJSON(),
      generatorCpuShare,
    };
    const limit = limitOf(figures);
    const beside = Object.assign({}, ...(this.#plan.companions ?? []).map((companion) => companion.end()));
    const windows = recorder.windows.rows();
    return {
      ...figures,
      ...(limit !== undefined && { limit }),
      phases: (this.#plan.phases ?? []).map((phase) => this.#phaseRow(phase, windows)),
      windowSeconds: recorder.windows.seconds,
      windows,
      server: this.#watch.samples,
      connections: this.#plan.stream.present,
      beside,
    };
  }

  #phaseRow(phase: Phase, windows: readonly WindowRow[]): PhaseRow {
    const own = windows.filter(({ atSec }) => atSec >= phase.fromSec && atSec < phase.toSec);
    const mean = (of: (row: WindowRow) => number): number =>
      own.reduce((sum, row) => sum + of(row), 0) / Math.max(1, own.length);
    return {
      ...phase,
      duePerSec: mean((row) => row.duePerSec),
      listedPerSec: mean((row) => row.listedPerSec),
      clickToList: this.#recorder.windows.between(phase.fromSec, phase.toSec),
    };
  }

  close(): void {
    this.#watch.stop();
    this.#crowd.close();
  }
}
