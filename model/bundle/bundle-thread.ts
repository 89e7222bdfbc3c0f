import { Worker } from 'node:worker_threads';
import { StartupError } from '../../metrics/process/startup-error.js';
import type { Item } from '../catalogue/shared-catalogue.js';
import type { Bundle } from './bundle.js';
import type { BundleMessage } from './bundle-worker.js';

/** `loadBundle` in a thread of its own: reading and checking takes long, and this thread has others to serve. */
export function loadBundleInThread(folder: string): Promise<Bundle> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./bundle-worker.js', import.meta.url), {
      workerData: folder,
      name: 'bundle',
    });
    const items: Item[] = [];
    worker.on('message', (message: BundleMessage) => {
      if ('items' in message) for (const item of message.items) items.push(item);
      else if ('bundle' in message) resolve({ ...message.bundle, items });
      else reject(new StartupError(message.code, message.problems));
    });
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`reading ${folder} ended with exit code ${code}`)));
  });
}
