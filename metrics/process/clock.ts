/** Time, injected everywhere. */
export interface Clock {
  /** Epoch ms, whole, by the system's clock; may step when that is set. For timestamps and decay. */
  nowMs(): number;
  /**
   * Epoch µs with fractions, never going back: a monotonic clock anchored once per process, so that differences between
   * threads are exact. For durations and deadlines; drifts from `nowMs` by as much as the system's clock is corrected.
   */
  nowUs(): number;
}

/** The machine's clock. All worker threads of a process share `performance.timeOrigin`, hence the anchor. */
export const realClock: Clock = {
  nowMs: () => Date.now(),
  nowUs: () => (performance.timeOrigin + performance.now()) * 1_000,
};

/** A clock that stands still until told. */
export class FakeClock implements Clock {
  #us: number;

  constructor(startMs = 1_700_000_000_000) {
    this.#us = startMs * 1_000;
  }

  nowMs(): number {
    return Math.floor(this.#us / 1_000);
  }

  nowUs(): number {
    return this.#us;
  }

  advanceMs(ms: number): void {
    this.#us += ms * 1_000;
  }

  advanceUs(us: number): void {
    this.#us += us;
  }
}
