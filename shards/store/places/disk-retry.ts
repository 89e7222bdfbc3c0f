const RETRY_MS = 250;

/**
 * What a disk did not take and is tried again after a while, until somebody gives up. One call at a time.
 */
export class DiskRetry {
  readonly #begins: () => void;
  #waiting: { readonly timer: NodeJS.Timeout; readonly call: () => void } | undefined;
  /** Set while the last trial is under way: called when the disk does not take it. */
  #giveUp: (() => void) | undefined;
  #hasGivenUp = false;

  /** @param begins called before each trial. */
  constructor(begins: () => void) {
    this.#begins = begins;
  }

  get hasGivenUp(): boolean {
    return this.#hasGivenUp;
  }

  /** Tries in a while; where the last trial failed, that is given up. */
  later(call: () => void): void {
    if (this.#giveUp !== undefined) return this.#giveUp();
    this.#waiting = { timer: setTimeout(() => this.#now(), RETRY_MS), call };
  }

  /** Whatever waits is tried now, for the last time; `givenUp` is called when the disk does not take it. */
  lastTrial(givenUp: () => void): void {
    this.#giveUp = () => {
      this.#hasGivenUp = true;
      givenUp();
    };
    this.#now();
  }

  /** Nothing is tried any more, and whoever waits for the last trial is told. */
  stop(): void {
    clearTimeout(this.#waiting?.timer);
    this.#waiting = undefined;
    this.#giveUp?.();
  }

  #now(): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    clearTimeout(waiting.timer);
    this.#waiting = undefined;
    this.#begins();
    waiting.call();
  }
}
