import { parentPort, workerData } from 'node:worker_threads';
import { lowerPriority } from '../../../metrics/process/low-priority.js';
import { judgeModels, type JudgeInputs } from './judge-models.js';

lowerPriority();
/** Thread entry of a judgement: posts it and ends. What it throws ends it with that error. */
parentPort?.postMessage(await judgeModels(workerData as JudgeInputs));
