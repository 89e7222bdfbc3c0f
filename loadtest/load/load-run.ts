import type { Clock } from '../../metrics/process/clock.js';
import { arrivalTimes, playSchedule, type ArrivalKind } from './arrivals.js';
import type { Progress } from '../../metrics/process/progress.js';
import { seededRandom, type Random } from './random.js';
import { ClickRecorder, type LatencyRow } from './recorder.js';
import { scrapeMetrics, stageRows, type StageRow } from '../target/server-stages.js';
import { VirtualUser } from './virtual-user.js';

export interface LoadSettings {
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
export async function runLoad(settings: LoadSettings, clock: Clock, progress: Progress): Promise<LoadResult> {
  const random = seededRandom(settings.seed);
  const recorder = new ClickRecorder();
  const users = await openUsers(settings, clock, random, recorder);
  try {
    const before = await scrapeMetrics(settings.url);
    const cpuBefore = process.cpuUsage();
    const startUs = clock.nowUs();
    await offerClicks(settings, users, clock, random, recorder, progress);
    await drain(users, clock);
    const wallUs = clock.nowUs() - startUs;
    const cpu = process.cpuUsage(cpuBefore);
    const after = await scrapeMetrics(settings.url);
    const generatorCpuShare = (cpu.user + cpu.system) / wallUs;
    return { ...summary(settings, recorder), generatorCpuShare, stages: stageRows(before, after) };
  } finally {
    for (const user of users) user.close();
  }
}

async function openUsers(
  settings: LoadSettings,
  clock: Clock,
  random: Random,
  recorder: ClickRecorder,
): Promise<VirtualUser[]> {
  const users: VirtualUser[] = [];
  const run = Math.floor(clock.nowMs()).toString(36);
  while (users.length < settings.connections) {
    const count = Math.min(OPENING_MAX, settings.connections - users.length);
    const opening = Array.from({ length: count }, (_, i) => {
      const user = `load-${run}-${users.length + i}`;
      return new VirtualUser({ url: settings.url, user, k: settings.k }, clock, random, recorder);
    });
    users.push(...opening);
    const failed = (await Promise.allSettled(opening.map((user) => user.ready))).find(
      (one) => one.status === 'rejected',
    );
    if (failed === undefined) continue;
    for (const user of users) user.close();
    throw new Error(`${settings.url}: ${(failed.reason as Error).message}`);
  }
  return users;
}

async function offerClicks(
  settings: LoadSettings,
  users: readonly VirtualUser[],
  clock: Clock,
  random: Random,
  recorder: ClickRecorder,
  progress: Progress,
): Promise<void> {
  const startUs = clock.nowUs();
  recorder.measuredFromUs = startUs + settings.warmup * 1e6;
  const endUs = recorder.measuredFromUs + settings.seconds * 1e6;
  const times = arrivalTimes(settings.arrivals, settings.rate, seededRandom(settings.seed + 1));
  const showing = setInterval(
    () =>
      progress.update(recorder.dueCount, `${recorder.dueCount - recorder.listedCount} without a list yet`),
    200,
  );
  try {
    await playSchedule(times, startUs, endUs, clock, (dueUs) => {
      recorder.due(dueUs);
      users[Math.floor(random() * users.length)].click(dueUs);
    });
  } finally {
    clearInterval(showing);
  }
}

/** Resolves when no user waits for anything, or after `DRAIN_MS`. */
function drain(users: readonly VirtualUser[], clock: Clock): Promise<void> {
  const endUs = clock.nowUs() + DRAIN_MS * 1_000;
  return new Promise((resolve) => {
    const look = (): void => {
      if (users.every((user) => user.waitingCount === 0) || clock.nowUs() >= endUs) resolve();
      else setTimeout(look, DRAIN_STEP_MS);
    };
    look();
  });
}

function summary(
  settings: LoadSettings,
  recorder: ClickRecorder,
): Omit<LoadResult, 'generatorCpuShare' | 'stages'> {
  const tookSeconds = Math.max(settings.seconds, (recorder.lastListUs - recorder.measuredFromUs) / 1e6);
  return {
    offeredPerSec: recorder.measuredCount / settings.seconds,
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
