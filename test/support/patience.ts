/** A timer counts its waiting in so many pieces. */
const PIECES = 60;

export const rest = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Calls `late` after `ms` of which this process had its share: time in which it was stopped, or did not get its turn, does not
 * count. So a machine with much else to do is not taken for a hang. @returns what ends the waiting
 */
export function patientTimer(ms: number, late: () => void): () => void {
  let left = PIECES;
  const timer = setInterval(() => {
    if (--left > 0) return;
    clearInterval(timer);
    late();
  }, ms / PIECES);
  return () => clearInterval(timer);
}

/** Looks every `everyMs`, for `ms` as `patientTimer` counts them. True when `isDone` was. */
export async function patientlyUntil(
  isDone: () => boolean | Promise<boolean>,
  { everyMs, ms }: { readonly everyMs: number; readonly ms: number },
): Promise<boolean> {
  for (let left = Math.ceil(ms / everyMs); left > 0; left--) {
    if (await isDone()) return true;
    await rest(everyMs);
  }
  return isDone();
}

/** `work` with a signal that ends it after `ms`, as `patientTimer` counts them. */
export async function patiently<T>(
  ms: number,
  what: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const came = patientTimer(ms, () => late.abort(new Error(`${what} took longer than ${ms} ms`)));
  try {
    return await work(late.signal);
  } finally {
    came();
  }
}
