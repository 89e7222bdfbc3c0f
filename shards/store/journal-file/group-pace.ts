import { setTimeout as pause } from 'node:timers/promises';

/** Time as a pace sees it. */
export interface PaceClock {
  nowMs(): number;
  /** Resolves when so many ms are over, or a part of one earlier. */
  pause(ms: number): Promise<unknown>;
}

const REAL: PaceClock = { nowMs: () => performance.now(), pause };

/** A wait for the next group. */
interface Rest {
  readonly again: () => void;
}

/**
 * When the next group of a journal may go to the disk: at once after a rest, else so many ms after the one before. A group
 * costs a write, the wake-ups of two threads and acknowledgements of its own, however many records are in it
 * (docs/decisions/0066-paced-groups.md).
 */
export class GroupPace {
  readonly #everyMs: number;
  readonly #clock: PaceClock;
  #begunMs = -Infinity;
  #rest: Rest | undefined;

  /** @param everyMs least time from the beginning of one group to that of the next, ms: what an acknowledgement may wait beside the disk itself */
  constructor(everyMs: number, clock = REAL) {
    this.#everyMs = everyMs;
    this.#clock = clock;
  }

  /** True when a group that begins now would have to rest first. */
  get rests(): boolean {
    return this.#rest !== undefined || this.#clock.nowMs() < this.#begunMs + this.#everyMs;
  }

  /** True when a group may begin, which it does then. Otherwise `again` is called once when one may; of several that wait, the first. */
  begin(again: () => void): boolean {
    if (this.#rest !== undefined) return false;
    const nowMs = this.#clock.nowMs();
    const restMs = this.#begunMs + this.#everyMs - nowMs;
    if (restMs > 0) {
      void this.#goOnIn(restMs, { again });
      return false;
    }
    this.#begunMs = nowMs;
    return true;
  }

  /** Somebody waits: what rests begins now. */
  hurry(): void {
    if (this.#rest !== undefined) this.#goOn(this.#rest);
  }

  async #goOnIn(restMs: number, rest: Rest): Promise<void> {
    this.#rest = rest;
    await this.#clock.pause(restMs);
    if (this.#rest === rest) this.#goOn(rest);
  }

  #goOn({ again }: Rest): void {
    this.#rest = undefined;
    this.#begunMs = -Infinity;
    again();
  }
}
