/** Time and timers of a client; a test passes its own. */
export interface Clock {
  /** Epoch ms; steps when somebody sets the device's clock. For times that are told. */
  nowMs(): number;
  /** ms since some moment, never going back. For pauses and how long something took. */
  elapsedMs(): number;
  /** Calls `run` once after `delayMs`; the handle is only ever given back to `clearTimer`. */
  setTimer(run: () => void, delayMs: number): unknown;
  clearTimer(handle: unknown): void;
}

/** The clock and timers of the runtime. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  elapsedMs: () => performance.now(),
  setTimer: (run, delayMs) => setTimeout(run, delayMs),
  clearTimer: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
};

/** One timer that is either waiting or not; starting it again replaces the time left. */
export class Timer {
  readonly #clock: Clock;
  readonly #run: () => void;
  #handle: unknown = undefined;

  constructor(clock: Clock, run: () => void) {
    this.#clock = clock;
    this.#run = run;
  }

  get isWaiting(): boolean {
    return this.#handle !== undefined;
  }

  start(delayMs: number): void {
    this.stop();
    this.#handle = this.#clock.setTimer(() => {
      this.#handle = undefined;
      this.#run();
    }, delayMs);
  }

  stop(): void {
    if (this.#handle === undefined) return;
    this.#clock.clearTimer(this.#handle);
    this.#handle = undefined;
  }
}
