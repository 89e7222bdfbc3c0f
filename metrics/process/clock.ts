/** Time, injected everywhere. */
export interface Clock {
  /** Epoch ms, whole, by the system's clock; may step when that is set. For timestamps and decay. */
  nowMs(): number;
  /**
   * µs with fractions, never going back, counted from some moment that is the same for all threads of the machine: no epoch,
   * so that nobody compares it with `nowMs`. For durations, intervals and deadlines, and for nothing that is shown or stored.
   */
  nowUs(): number;
}

/** Readings of which the best is kept. */
const ANCHOR_READINGS = 5;

/**
 * From `performance.now()` of this thread to the machine's monotonic clock. That one is the same for all threads, whatever a
 * runtime says of `performance.timeOrigin`, but reading it makes a BigInt each time: it is asked once.
 */
const ANCHOR_US = Math.max(...Array.from({ length: ANCHOR_READINGS }, anchorUs));

/** Too low by the time between its two readings, which is long when the thread has to wait for a core just then. */
function anchorUs(): number {
  return Number(process.hrtime.bigint()) / 1_000 - performance.now() * 1_000;
}

/** The machine's clock. */
export const realClock: Clock = {
  nowMs: () => Date.now(),
  nowUs: () => ANCHOR_US + performance.now() * 1_000,
};

/** A clock that stands still until told. Its two times have nothing to do with each other, as those of a machine. */
export class FakeClock implements Clock {
  #us = 5_000_000;
  /** Epoch µs at `nowUs` 0. */
  #wallUs: number;

  constructor(startMs = 1_700_000_000_000) {
    this.#wallUs = startMs * 1_000 - this.#us;
  }

  nowMs(): number {
    return Math.floor((this.#wallUs + this.#us) / 1_000);
  }

  nowUs(): number {
    return this.#us;
  }

  /** Somebody sets the system's clock: no time passes. */
  stepWallMs(ms: number): void {
    this.#wallUs += ms * 1_000;
  }

  advanceMs(ms: number): void {
    this.#us += ms * 1_000;
  }

  advanceUs(us: number): void {
    this.#us += us;
  }
}
