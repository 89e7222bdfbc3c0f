import { OverloadController } from '../../../shards/overload/overload-controller.js';

/** Clicks a second that are offered, over time in seconds, and what the machine does besides. */
export interface OfferedLoad {
  readonly ratePerSec: (atSec: number) => number;
  readonly seconds: number;
  /** Time in which nothing runs, as [from, to] in seconds. */
  readonly stall?: readonly [number, number];
}

/** What became of it. Times in seconds and ms. */
export interface LoadedRun {
  /** Levels that were entered, with when; the first is 0. */
  readonly levels: readonly {
    readonly atSec: number;
    readonly level: number;
    readonly candidatesMax: number;
  }[];
  /** Longest wait of a click that was accepted, by the second in which it was carried out. */
  readonly waitMaxMs: readonly number[];
  readonly offered: number;
  readonly accepted: number;
  readonly refused: number;
  readonly left: number;
}

/** µs of a click on each level: a knee of 4,000 clicks a second, and each level saves a part. */
const CLICK_US = [250, 220, 180, 110, 110];
const TICK_US = 5_000;
const IDLE_LOOK_US = 50_000;

/** A shard without users or threads: clicks come evenly, ticks of 5 ms at most carry them out in order, its controller looks after each. */
export function runLoaded({ ratePerSec, seconds, stall }: OfferedLoad, costs = CLICK_US): LoadedRun {
  const controller = new OverloadController();
  const levels = [{ atSec: 0, level: 0, candidatesMax: controller.rung.candidatesMax }];
  const waitMaxMs = Array.from({ length: seconds }, () => 0);
  const waiting: number[] = [];
  let [nowUs, dueUs, offered, accepted, refused] = [0, 0, 0, 0, 0];
  const arrive = (): void => {
    for (; dueUs <= nowUs; dueUs += 1e6 / ratePerSec(dueUs / 1e6)) {
      offered++;
      const room = controller.roomEvents || Infinity;
      if (waiting.length < room) waiting.push(dueUs);
      else refused++;
    }
  };
  while (nowUs < seconds * 1e6) {
    if (stall !== undefined && nowUs >= stall[0] * 1e6 && nowUs < stall[1] * 1e6) nowUs = stall[1] * 1e6;
    arrive();
    const startUs = nowUs;
    const waitUs = waiting.length === 0 ? 0 : nowUs - waiting[0];
    let calls = 0;
    while (waiting.length > 0 && nowUs < startUs + TICK_US) {
      const since = waiting.shift() ?? 0;
      nowUs += costs[controller.rung.level];
      const second = Math.min(seconds - 1, Math.floor(nowUs / 1e6));
      waitMaxMs[second] = Math.max(waitMaxMs[second], (nowUs - since) / 1_000);
      calls++;
    }
    accepted += calls;
    if (calls === 0) nowUs = Math.min(dueUs, nowUs + IDLE_LOOK_US);
    const leftUs = waiting.length === 0 ? 0 : nowUs - waiting[0];
    const busyUs = calls === 0 ? 0 : nowUs - startUs;
    if (!controller.look(nowUs, Math.max(waitUs, leftUs), calls, busyUs)) continue;
    const { level, candidatesMax } = controller.rung;
    levels.push({ atSec: nowUs / 1e6, level, candidatesMax });
  }
  return { levels, waitMaxMs, offered, accepted, refused, left: waiting.length };
}
