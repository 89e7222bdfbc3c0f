import { taskInThread, type RunningTask } from '../communities/task-in-thread.js';
import type { ClusterTask, FoundClusters } from './found-clusters.js';

/** Looks for clusters of shoppers (`shopperClusters`) in a thread of the lowest priority. */
export function findClusters(task: ClusterTask): RunningTask<FoundClusters> {
  return taskInThread(new URL('./cluster-worker.js', import.meta.url), 'clusters', task);
}
