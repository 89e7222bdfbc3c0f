const CAUSE_WAIT_MS = 200;

/** The disk did not take a commit, for another reason than that it is full. Nothing says that what is on it is damaged. */
export class CommitRefusedError extends Error {
  constructor(cause: unknown) {
    super(`the disk refused a commit: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = 'CommitRefusedError';
  }
}

/** A commit found what no commit of this opening has written. */
export function foreignWrite(): Error {
  return new Error('another thread or process has opened this store since and owns it now');
}

/**
 * lmdb-js rejects with a general error whose `commitError` rejects with the real one: a little later, or never when the
 * next transaction was queued by then. It prints the real one in any case.
 */
export async function realCause(error: unknown): Promise<unknown> {
  const { commitError } = error as { commitError?: Promise<never> };
  if (!commitError) return error;
  const real = commitError.catch((cause: unknown) => cause);
  const late = new Promise((resolve) => setTimeout(resolve, CAUSE_WAIT_MS, error));
  return Promise.race([real, late]);
}
