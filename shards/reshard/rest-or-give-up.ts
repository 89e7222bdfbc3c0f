import { StartupError } from '../../metrics/process/startup-error.js';
import { turn } from '../../metrics/process/turn.js';

/** Rows looked at between two rests: some 10 ms. */
export const ROWS_A_REST = 4_096;

/**
 * Between two bites of a long move at a start, or of an upgrade: gives the event loop a turn, so that a signal is heard, and ends the move when the start
 * is given up. What is on the disk by then is as after a crash: the next start goes on.
 *
 * @throws StartupError `start_given_up`
 */
export async function restOrGiveUp(signal: AbortSignal | undefined): Promise<void> {
  await turn();
  if (signal?.aborted !== true) return;
  throw new StartupError(
    'start_given_up',
    'the start was given up while the rows of the stores were being moved; nothing was lost, and the next start goes on',
  );
}
