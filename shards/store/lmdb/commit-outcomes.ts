/**
 * The outcomes of the commits on their way, oldest first. The first failure, whatever its kind, is that of every later
 * commit as well, and is known before any of them is reported.
 */
export class CommitOutcomes {
  readonly #onDurable: (ticket: number) => void;
  readonly #open = new Set<Promise<void>>();
  #failure: Promise<never> | undefined;

  /** `onDurable` is called with a commit's ticket before its promise resolves. */
  constructor(onDurable: (ticket: number) => void) {
    this.#onDurable = onDurable;
  }

  /**
   * A commit with what lmdb-js promises for its parts: true when durable, false when it found another one's write.
   * @returns resolves when all parts are durable; rejects with what went wrong first
   */
  add(parts: readonly Promise<boolean>[], ticket: number): Promise<void> {
    const outcome: Promise<void> = Promise.all(parts)
      .then(
        (written) =>
          written.every(Boolean) ? this.#succeed(ticket) : this.#fail(Promise.resolve(foreignWrite())),
        (error: unknown) => this.#fail(refusedBy(error)),
      )
      .finally(() => this.#open.delete(outcome));
    this.#open.add(outcome);
    return outcome;
  }

  #succeed(ticket: number): void | Promise<never> {
    if (this.#failure) return this.#failure;
    this.#onDurable(ticket);
  }

  #fail(error: Promise<Error>): Promise<never> {
    return (this.#failure ??= error.then((known) => Promise.reject(known)));
  }

  /**
   * Resolves when no commit is on its way: true when all became durable, false after a failure. What was queued behind
   * a failure is not waited for: lmdb-js may never settle it.
   */
  async drained(): Promise<boolean> {
    while (!this.#failure && this.#open.size > 0) await Promise.race(this.#open).catch(() => undefined);
    return this.#failure === undefined;
  }
}

function foreignWrite(): Error {
  return new Error('another thread or process has opened this store since and owns it now');
}

async function refusedBy(error: unknown): Promise<Error> {
  return new Error('the disk refused a commit', { cause: await causeOf(error) });
}

const CAUSE_WAIT_MS = 200;

/**
 * lmdb-js rejects with a general error whose `commitError` rejects with the real one: a little later, or never when the
 * next transaction was queued by then. It prints the real one in any case.
 */
async function causeOf(error: unknown): Promise<unknown> {
  const { commitError } = error as { commitError?: Promise<never> };
  if (!commitError) return error;
  const real = commitError.catch((cause: unknown) => cause);
  const late = new Promise((resolve) => setTimeout(resolve, CAUSE_WAIT_MS, error));
  return Promise.race([real, late]);
}
