import { parentPort, workerData } from 'node:worker_threads';
import { StartupError } from '../../metrics/process/startup-error.js';
import { loadBundle, type Bundle } from './bundle.js';

/** What the thread says: the bundle, or what is wrong with it. */
export type BundleMessage =
  | { readonly bundle: Bundle }
  | { readonly code: string; readonly problems: readonly string[] };

/** Thread entry: loads the bundle in the folder that it is given, posts it and ends. */
try {
  const bundle = await loadBundle(workerData as string);
  parentPort?.postMessage({ bundle } satisfies BundleMessage);
} catch (error) {
  if (!(error instanceof StartupError)) throw error;
  parentPort?.postMessage({ code: error.code, problems: error.problems } satisfies BundleMessage);
}
