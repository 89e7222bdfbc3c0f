import type { Waiting } from './append-surely.js';
import type { PartitionStream, StreamBounds } from './partition-stream.js';

/** A stream's leader alone knows where it ends, and an election takes seconds. */
const TRIES_MAX = 20;
const RETRY_MS = 100;

/** The bounds of a stream that may be without a leader for a while. Rejects as `patiently`. */
export function patientBounds(stream: PartitionStream, waiting: Waiting): Promise<StreamBounds> {
  return patiently(() => stream.bounds(), waiting);
}

/** What a leader answers, of a stream that may be without one for a while. Rejects when it has been so for long, and when nobody waits any more. */
export async function patiently<T>(ask: () => Promise<T>, { pause, isClosed, onDelay }: Waiting): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      if (tries === TRIES_MAX || isClosed()) throw error;
      onDelay?.((error as Error).message);
    }
    await pause(RETRY_MS);
  }
}
