import { constants, getPriority, setPriority } from 'node:os';

/** Five steps of niceness: about a third of the time that a thread beside it gets when both want all. */
const STEPS = 5;

/**
 * Lets other threads go first, without starving: what this one does can wait. Linux keeps a priority for each thread; elsewhere it
 * would be the whole process's, and nothing is done.
 */
export function lowerPriority(): void {
  if (process.platform !== 'linux') return;
  setPriority(Math.min(constants.priority.PRIORITY_LOW, getPriority() + STEPS));
}
