/** Large calls that wait for the one under way; with bodies of 8 MiB they hold 64 MiB. */
export const BULK_WAITING_MAX = 8;

/** Lets large calls through one after the other, in order. At most `BULK_WAITING_MAX` wait; who comes then is turned away. */
export class BulkGate {
  #last: Promise<unknown> = Promise.resolve();
  #inside = 0;

  /** Carries `work` out when those before it are through; undefined when too many wait. */
  enter<T>(work: () => Promise<T>): Promise<T> | undefined {
    if (this.#inside > BULK_WAITING_MAX) return undefined;
    this.#inside++;
    const done = this.#last.then(work).finally(() => this.#inside--);
    this.#last = done.catch(() => undefined);
    return done;
  }
}
