import type { Clock } from '../../metrics/process/clock.js';
import { COUNTER, GAUGE } from '../../metrics/table.js';
import type { ThreadStats } from '../../metrics/thread-stats.js';
import { OverloadController } from './overload-controller.js';
import { SHED_LIMITS } from './shed-limits.js';
import type { Shedding } from './shedding.js';

/** Pause between two looks while something is shed and no tick comes, ms. */
const LOOK_EVERY_MS = 50;

/** What a tick left behind, as the shard knows it. */
export interface TickedShard {
  /** Calls that the last tick carried out. */
  readonly carriedOut: number;
  /** Since when the first in line waits, `Clock.nowUs`; Infinity when nobody does. */
  readonly waitingSinceUs: number;
}

/** Who watches over what. */
export interface WatchContext {
  readonly shedding: Shedding;
  readonly stats: ThreadStats;
  readonly clock: Pick<Clock, 'nowUs'>;
}

/**
 * Tells the controller of each tick of a shard, and everybody else what it decides: the work of a click by `Shedding`, the gateway's
 * thread and the metrics by gauges. While something is shed it looks without ticks too, for a shard that has nothing to do has none.
 */
export class OverloadWatch {
  readonly #context: WatchContext;
  readonly #controller = new OverloadController();
  #lookedUs: number;
  #choreUs = -Infinity;
  #hasTicked = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(context: WatchContext) {
    this.#context = context;
    this.#lookedUs = context.clock.nowUs();
    this.#tell();
  }

  /** A tick is over that began at `startUs`; the oldest batch that it took in was posted at `sentUs`, Infinity when it took none. */
  ticked(startUs: number, sentUs: number, { carriedOut, waitingSinceUs }: TickedShard): void {
    const nowUs = this.#context.clock.nowUs();
    this.#hasTicked = true;
    const isCrowd = carriedOut >= SHED_LIMITS.crowdCalls || waitingSinceUs < Infinity;
    const waitUs = isCrowd ? Math.max(0, startUs - sentUs, nowUs - waitingSinceUs) : 0;
    this.#look(nowUs, waitUs, carriedOut, nowUs - startUs);
  }

  /** True when housekeeping may have a turn though clicks wait: always while nothing is shed, and now and then when something is. */
  mayDoChore(): boolean {
    if (this.#context.shedding.rung.level === 0) return true;
    const nowUs = this.#context.clock.nowUs();
    if (nowUs - this.#choreUs < SHED_LIMITS.choreRestUs) return false;
    this.#choreUs = nowUs;
    return true;
  }

  /** No more looks. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #look(nowUs: number, waitUs: number, calls: number, busyUs: number): void {
    const { shedding, stats } = this.#context;
    const { level } = shedding.rung;
    if (level > 0) stats.count(SECONDS[level - 1], (nowUs - this.#lookedUs) / 1e6);
    this.#lookedUs = nowUs;
    if (this.#controller.look(nowUs, waitUs, calls, busyUs)) this.#tell();
    else if (shedding.rung.refuses) stats.gauge(GAUGE.shedRoom, this.#controller.roomEvents);
    if (level > 0) this.#tellOfWork();
  }

  #tell(): void {
    const { shedding, stats } = this.#context;
    shedding.rung = this.#controller.rung;
    stats.gauge(GAUGE.shedLevel, shedding.rung.level);
    stats.gauge(GAUGE.shedRoom, this.#controller.roomEvents);
    if (shedding.rung.level > 0) this.#timer ??= setTimeout(this.#lookAgain, LOOK_EVERY_MS);
  }

  #tellOfWork(): void {
    const { shedding, stats } = this.#context;
    stats.count(COUNTER.candidatesCut, shedding.candidatesCut);
    stats.count(COUNTER.listsCoalesced, shedding.listsCoalesced);
    shedding.candidatesCut = 0;
    shedding.listsCoalesced = 0;
  }

  /** Bound once. */
  readonly #lookAgain = (): void => {
    this.#timer = undefined;
    if (!this.#hasTicked) this.#look(this.#context.clock.nowUs(), 0, 0, 0);
    this.#hasTicked = false;
    if (this.#context.shedding.rung.level > 0) this.#timer = setTimeout(this.#lookAgain, LOOK_EVERY_MS);
  };
}

const { 1: first, 2: second, 3: third, 4: fourth } = COUNTER.shedSeconds;
/** By level, from 1. */
const SECONDS = [first, second, third, fourth];
