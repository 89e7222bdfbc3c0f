import type { LoopTimes } from '../../shards/api.js';

/** Share of its time from which a thread counts as busy: what comes then finds it at work every other time. */
const BUSY_SHARE = 1 / 2;
/** Pause between two looks; and how long ago the one before may be for the two to say how it is now. */
const LOOK_EVERY_US = 100_000;
const STALE_US = 1_000_000;
/**
 * How long threads that were busy count as such. Whoever is held back leaves them time, and let loose for that would have all of it until
 * the next look: one click in three would meet them, and with this one in two hundred.
 */
export const BUSY_HOLD_US = 20_000_000;

/** Whether one of some threads has had little time left lately, by how long their event loops rested. Looks at most ten times a second, when asked. */
export class ThreadLoad {
  readonly #loops: () => readonly LoopTimes[];
  #before: readonly LoopTimes[] = [];
  #lookedUs = -Infinity;
  #busyUntilUs = -Infinity;

  /** @param loops of the threads, always in one order; a thread that began anew has begun at 0 again. */
  constructor(loops: () => readonly LoopTimes[]) {
    this.#loops = loops;
  }

  /** Bound once. */
  readonly isBusy = (nowUs: number): boolean => {
    if (nowUs - this.#lookedUs >= LOOK_EVERY_US) this.#look(nowUs);
    return nowUs < this.#busyUntilUs;
  };

  #look(nowUs: number): void {
    const isStale = nowUs - this.#lookedUs > STALE_US;
    this.#lookedUs = nowUs;
    const now = this.#loops();
    if (!isStale && now.some((loop, i) => shareOf(loop, this.#before[i]) >= BUSY_SHARE))
      this.#busyUntilUs = nowUs + BUSY_HOLD_US;
    this.#before = now;
  }
}

/** What of the time between two looks a loop was at work. */
function shareOf(now: LoopTimes, before: LoopTimes = { active: 0, idle: 0 }): number {
  const isSame = now.active >= before.active && now.idle >= before.idle;
  const active = isSame ? now.active - before.active : now.active;
  const idle = isSame ? now.idle - before.idle : now.idle;
  return active + idle > 0 ? active / (active + idle) : 0;
}
