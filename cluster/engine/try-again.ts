import { StartupError } from '../../metrics/process/startup-error.js';

const PAUSE_MS = 250;

/**
 * Does what may be refused for a moment, while a stream that another node has just made gets a leader: again until it works, or `forMs` are
 * over. Rejects with what it failed with last; with a `StartupError` at once.
 */
export async function tryAgain<T>(
  work: () => Promise<T>,
  { forMs, pause }: { readonly forMs: number; readonly pause: (ms: number) => Promise<void> },
): Promise<T> {
  for (let left = Math.ceil(forMs / PAUSE_MS); ; left--) {
    try {
      return await work();
    } catch (error) {
      if (left <= 0 || error instanceof StartupError) throw error;
    }
    await pause(PAUSE_MS);
  }
}
