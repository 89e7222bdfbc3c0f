import { constants, getPriority, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { judgeModels } from './judge-models.js';
import type { JudgeTask } from './judge-thread.js';

/** Five steps of niceness: about a third of the time that a thread beside it gets when both want all. */
const STEPS = 5;

/**
 * Lets other threads go first, without starving: a judgement can wait. Linux keeps a priority for each thread; elsewhere it
 * would be the whole process's, and nothing is done.
 */
function lowerPriority(): void {
  if (process.platform !== 'linux') return;
  setPriority(Math.min(constants.priority.PRIORITY_LOW, getPriority() + STEPS));
}

// Thread entry of a judgement: posts it and ends. An error that is thrown ends the thread with that error.
lowerPriority();
parentPort?.postMessage(await judgeModels(workerData as JudgeTask));
