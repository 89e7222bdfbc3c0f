const FIRST_MS = 100;
const MAX_MS = 30_000;
/** A thread that has served for so long begins with the first pause again. */
const QUIET_MS = 60_000;

/** How long to wait before a thread is started again: twice as long each time, until it has served for a quiet minute. */
export class RestartPause {
  #nextMs = FIRST_MS;

  /** The pause after a run that served for `servedMs`; 0 for one that never did. */
  take(servedMs: number): number {
    if (servedMs >= QUIET_MS) this.#nextMs = FIRST_MS;
    const pauseMs = this.#nextMs;
    this.#nextMs = Math.min(MAX_MS, 2 * pauseMs);
    return pauseMs;
  }
}
