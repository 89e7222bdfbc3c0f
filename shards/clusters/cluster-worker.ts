import { parentPort, workerData } from 'node:worker_threads';
import { lowerPriority } from '../communities/lower-priority.js';
import type { ClusterTask } from './found-clusters.js';
import { shopperClusters } from './shopper-clusters.js';

// Thread entry of clusters: posts what was found and ends. An error that is thrown ends the thread with that error.
lowerPriority();
parentPort?.postMessage(shopperClusters(workerData as ClusterTask));
