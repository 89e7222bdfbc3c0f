import { parentPort, workerData } from 'node:worker_threads';
import { lowerPriority } from './lower-priority.js';
import { communityTree, type CutTask } from './community-tree.js';

// Thread entry of a cut: posts the tree and ends. An error that is thrown ends the thread with that error.
lowerPriority();
parentPort?.postMessage(communityTree(workerData as CutTask));
