import { type Clock, Timer } from '../link/client-clock.js';

/** An answer that has not come after so long makes the client look whether the path still carries anything. */
export const SILENCE_MS = 750;
/** Pause between two looks at most; each is twice as long as the one before, until an answer comes. */
export const SILENCE_MAX_MS = 24_000;

/**
 * Notices that what was sent has no answer: then the path may be dead without anybody having said so. What is sent is numbered,
 * and an answer to one answers those before it. Bounds: one look at a time, the first after `SILENCE_MS`, then rarer.
 */
export class SilenceWatch {
  readonly #timer: Timer;
  #sentSeq = 0;
  #answeredSeq = 0;
  #waitMs = SILENCE_MS;

  /** @param silent told of each time to look; `isAgain` when it was told of the same silence before. */
  constructor(clock: Clock, silent: (isAgain: boolean) => void) {
    this.#timer = new Timer(clock, () => {
      const isAgain = this.#waitMs > SILENCE_MS;
      this.#waitMs = Math.min(2 * this.#waitMs, SILENCE_MAX_MS);
      this.#timer.start(this.#waitMs);
      silent(isAgain);
    });
  }

  /** Something went out, for the first time or again. */
  sent(seq: number): void {
    this.#sentSeq = Math.max(this.#sentSeq, seq);
    this.#answeredSeq = Math.min(this.#answeredSeq, seq - 1);
    if (!this.#timer.isWaiting) this.#timer.start(this.#waitMs);
  }

  /** An answer to what was sent up to `seq`; one that tells nothing new is none. */
  answered(seq: number): void {
    if (seq <= this.#answeredSeq || this.#sentSeq === 0) return;
    this.#answeredSeq = seq;
    this.#waitMs = SILENCE_MS;
    if (seq < this.#sentSeq) this.#timer.start(this.#waitMs);
    else this.#timer.stop();
  }

  /** The connection is gone, and with it what was on its way. */
  stop(): void {
    this.#timer.stop();
    this.#sentSeq = this.#answeredSeq = 0;
    this.#waitMs = SILENCE_MS;
  }
}
