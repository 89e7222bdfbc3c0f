/** Rejects what takes longer than it may; it may still come to its end. */
export class LateError extends Error {
  override readonly name = 'LateError';
}

/** As `work`, but rejects with `LateError` when that takes longer than `maxMs`. */
export function inTime<T>(work: Promise<T>, maxMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new LateError(`no answer within ${maxMs} ms`)), maxMs);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
