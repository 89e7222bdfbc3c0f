import { setTimeout as pause } from 'node:timers/promises';

/** Least time from the beginning of one group to that of the next, ms: what an acknowledgement may wait beside the disk itself. */
const GROUP_EVERY_MS = 4;

/** Time as a pace sees it. */
export interface PaceClock {
  nowMs(): number;
  /** Resolves when so many ms are over, or a part of one earlier. */
  pause(ms: number): Promise<unknown>;
}

const REAL: PaceClock = { nowMs: () => performance.now(), pause };

/**
 * When the next group of a journal may go to the disk: at once after a rest, else `GROUP_EVERY_MS` after the one before. A group
 * costs a write, the wake-ups of two threads and acknowledgements of its own, however many records are in it
 * (docs/decisions/0066-paced-groups.md).
 */
export class GroupPace {
  readonly #clock: PaceClock;
  #begunMs = -Infinity;
  #isResting = false;

  constructor(clock = REAL) {
    this.#clock = clock;
  }

  /** True when a group that begins now would have to rest first. */
  get rests(): boolean {
    return this.#isResting || this.#clock.nowMs() < this.#begunMs + GROUP_EVERY_MS;
  }

  /** True when a group may begin, which it does then. Otherwise `again` is called once when one may; of several that wait, the first. */
  begin(again: () => void): boolean {
    if (this.#isResting) return false;
    const nowMs = this.#clock.nowMs();
    const restMs = this.#begunMs + GROUP_EVERY_MS - nowMs;
    if (restMs > 0) {
      void this.#rest(restMs, again);
      return false;
    }
    this.#begunMs = nowMs;
    return true;
  }

  async #rest(restMs: number, again: () => void): Promise<void> {
    this.#isResting = true;
    await this.#clock.pause(restMs);
    this.#isResting = false;
    this.#begunMs = -Infinity;
    again();
  }
}
