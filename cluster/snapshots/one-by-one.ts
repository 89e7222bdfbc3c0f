/** Work that is done one at a time, in the order in which it was asked for. */
export class OneByOne {
  #last: Promise<unknown> = Promise.resolve();

  /** Resolves and rejects as `work` does. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }
}
