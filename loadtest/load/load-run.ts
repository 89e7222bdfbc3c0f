import type { Clock } from '../../metrics/process/clock.js';
import { arrivalTimes, playSchedule, type ArrivalKind } from './arrivals.js';
import type { Progress } from '../../metrics/process/progress.js';
import { seededRandom, type RandomSource } from './seeded-random.js';
import { ClickRecorder, type LatencyRow } from './recorder.js';
import { scrapeMetrics, stageRows, type StageRow } from '../target/server-stages.js';
import { VirtualUser } from './virtual-user.js';

/** What is offered: how many clicks a second, by how many shoppers, for how long. */
export interface LoadPlan {
  readonly url: string;
  /** Clicks per second over all connections. */
  readonly rate: number;
  readonly connections: number;
  readonly seconds: number;
  readonly warmup: number;
  readonly arrivals: ArrivalKind;
  readonly seed: number;
  readonly k: number;
}

/** Result of a load run. Latencies in ms; counts include the warm-up, latencies and rates do not. */
export interface LoadResult {
  readonly offeredPerSec: number;
  /** Measured clicks that got their list, by the time from the first due to the last list (at least the measured time). */
  readonly achievedPerSec: number;
  readonly clickToList: LatencyRow;
  readonly clickToAck: LatencyRow;
  readonly sendLateness: LatencyRow;
  readonly clicks: number;
  readonly missingLists: number;
  readonly missingAcks: number;
  readonly refused: Readonly<Record<string, number>>;
  readonly closed: Readonly<Record<string, number>>;
  /** The generator's own CPU time by wall time; near 1 it is the generator that was measured. */
  readonly generatorCpuShare: number;
  /** Where the server says the time went, warm-up included; empty when it does not say. */
  readonly stages: readonly StageRow[];
}

/** Connections opened at a time. */
const OPENING_MAX = 64;
/** How long answers are waited for after the last click. */
const DRAIN_MS = 5_000;
const DRAIN_STEP_MS = 10;

/**
 * Opens the connections, offers clicks on the schedule for warm-up and measured time, waits for the answers, closes.
 * Rejects when a connection cannot be opened or gets no items to click.
 */
export async function runLoad(plan: LoadPlan, clock: Clock, progress: Progress): Promise<LoadResult> {
  const run = new LoadRun(plan, clock);
  try {
    await run.openUsers();
    const before = await scrapeMetrics(plan.url);
    const cpuBefore = process.cpuUsage();
    const startUs = clock.nowUs();
    await run.offerClicks(progress);
    await run.drain();
    const wallUs = clock.nowUs() - startUs;
    const cpu = process.cpuUsage(cpuBefore);
    const after = await scrapeMetrics(plan.url);
    const generatorCpuShare = (cpu.user + cpu.system) / wallUs;
    return { ...run.summary(), generatorCpuShare, stages: stageRows(before, after) };
  } finally {
    run.close();
  }
}

/** The shoppers of one run, and what is recorded of their clicks. */
class LoadRun {
  readonly #plan: LoadPlan;
  readonly #clock: Clock;
  readonly #random: RandomSource;
  readonly #recorder = new ClickRecorder();
  readonly #users: VirtualUser[] = [];

  constructor(plan: LoadPlan, clock: Clock) {
    this.#plan = plan;
    this.#clock = clock;
    this.#random = seededRandom(plan.seed);
  }

  async openUsers(): Promise<void> {
    const { url, k, connections } = this.#plan;
    const users = this.#users;
    const run = Math.floor(this.#clock.nowMs()).toString(36);
    while (users.length < connections) {
      const count = Math.min(OPENING_MAX, connections - users.length);
      const opening = Array.from({ length: count }, (_, i) => {
        const user = `load-${run}-${users.length + i}`;
        return new VirtualUser({ url, user, k }, this.#clock, this.#random, this.#recorder);
      });
      users.push(...opening);
      const failed = (await Promise.allSettled(opening.map((user) => user.ready))).find(
        (one) => one.status === 'rejected',
      );
      if (failed !== undefined) throw new Error(`${url}: ${(failed.reason as Error).message}`);
    }
  }

  async offerClicks(progress: Progress): Promise<void> {
    const { warmup, seconds, arrivals, rate, seed } = this.#plan;
    const recorder = this.#recorder;
    const users = this.#users;
    const startUs = this.#clock.nowUs();
    recorder.measuredFromUs = startUs + warmup * 1e6;
    const endUs = recorder.measuredFromUs + seconds * 1e6;
    const times = arrivalTimes(arrivals, rate, seededRandom(seed + 1));
    const showing = setInterval(
      () =>
        progress.update(recorder.dueCount, `${recorder.dueCount - recorder.listedCount} without a list yet`),
      200,
    );
    try {
      await playSchedule(times, { startUs, endUs }, this.#clock, (dueUs) => {
        recorder.due(dueUs);
        users[Math.floor(this.#random() * users.length)].click(dueUs);
      });
    } finally {
      clearInterval(showing);
    }
  }

  /** Resolves when no user waits for anything, or after `DRAIN_MS`. */
  drain(): Promise<void> {
    const endUs = this.#clock.nowUs() + DRAIN_MS * 1_000;
    return new Promise((resolve) => {
      const look = (): void => {
        if (this.#users.every((user) => user.waitingCount === 0) || this.#clock.nowUs() >= endUs) resolve();
        else setTimeout(look, DRAIN_STEP_MS);
      };
      look();
    });
  }

  summary(): Omit<LoadResult, 'generatorCpuShare' | 'stages'> {
    const recorder = this.#recorder;
    const { seconds } = this.#plan;
    const tookSeconds = Math.max(seconds, (recorder.lastListUs - recorder.measuredFromUs) / 1e6);
    return {
      offeredPerSec: recorder.measuredCount / seconds,
      achievedPerSec: recorder.clickToList.count / tookSeconds,
      clickToList: recorder.clickToList.row(),
      clickToAck: recorder.clickToAck.row(),
      sendLateness: recorder.sendLateness.row(),
      clicks: recorder.dueCount,
      missingLists: recorder.dueCount - recorder.listedCount,
      missingAcks: recorder.dueCount - recorder.ackedCount,
      refused: recorder.refused.toJSON(),
      closed: recorder.closed.toJSON(),
    };
  }

  close(): void {
    for (const user of this.#users) user.close();
  }
}
