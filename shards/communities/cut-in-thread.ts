import { Worker } from 'node:worker_threads';
import type { CommunityTree, CutTask } from './community-tree.js';

/** A cut that goes on in a thread of its own, which ends with it. */
export interface RunningCut {
  /** Rejects when the thread fails or is ended. */
  readonly tree: Promise<CommunityTree>;
  end(): Promise<unknown>;
}

/** Cuts the shop into communities (`communityTree`) in a thread of the lowest priority, whose memory goes with it. */
export function cutInThread(task: CutTask): RunningCut {
  const worker = new Worker(new URL('./cut-worker.js', import.meta.url), {
    workerData: task,
    name: 'communities',
  });
  const tree = new Promise<CommunityTree>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`the cut into communities ended with code ${code}`)));
  });
  return { tree, end: () => worker.terminate() };
}
