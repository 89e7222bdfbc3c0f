import { parentPort, workerData } from 'node:worker_threads';
import { lowerPriority } from '../../communities/lower-priority.js';
import { judgeModels } from './judge-models.js';
import type { JudgeTask } from './judge-thread.js';

// Thread entry of a judgement: posts it and ends. An error that is thrown ends the thread with that error.
lowerPriority();
parentPort?.postMessage(await judgeModels(workerData as JudgeTask));
