import type { CommunityTree, CutTask } from './community-tree.js';
import { taskInThread, type RunningTask } from './task-in-thread.js';

/** Cuts the shop into communities (`communityTree`) in a thread of the lowest priority. */
export function cutInThread(task: CutTask): RunningTask<CommunityTree> {
  return taskInThread(new URL('./cut-worker.js', import.meta.url), 'communities', task);
}
