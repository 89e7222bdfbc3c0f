import { setTimeout as pause } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { StartupError } from '../../metrics/process/startup-error.js';
import { loadBundle, type Bundle } from './bundle.js';
import type { Item } from '../catalogue/shared-catalogue.js';

/** What the thread says: the items a few at a time and then the rest of the bundle; or what is wrong with it. */
export type BundleMessage =
  | { readonly items: readonly Item[] }
  | { readonly bundle: Omit<Bundle, 'items'> }
  | { readonly code: string; readonly problems: readonly string[] };

/** Items of one message, a millisecond or two of work for the thread that gets them; and the pause that it has after each. */
const ITEMS_AT_ONCE = 1_024;
const PAUSE_MS = 2;

/** Thread entry: loads the bundle in the folder that it is given, posts it and ends. */
try {
  await post(await loadBundle(workerData as string));
} catch (error) {
  if (!(error instanceof StartupError)) throw error;
  parentPort?.postMessage({ code: error.code, problems: error.problems } satisfies BundleMessage);
}

async function post({ items, ...bundle }: Bundle): Promise<void> {
  for (let from = 0; from < items.length; from += ITEMS_AT_ONCE) {
    parentPort?.postMessage({ items: items.slice(from, from + ITEMS_AT_ONCE) } satisfies BundleMessage);
    await pause(PAUSE_MS);
  }
  parentPort?.postMessage({ bundle } satisfies BundleMessage, ownBuffers(bundle));
}

/** Buffers that go over without a copy: those of one array alone that are not shared. */
function ownBuffers({ content, history, networks, similar, vectors }: Omit<Bundle, 'items'>): ArrayBuffer[] {
  const { text, vectors: maps = [] } = content;
  const arrays = [
    history,
    similar,
    vectors,
    ...Object.values(networks),
    text?.idf,
    text?.weights,
    ...maps.map(({ weights }) => weights),
  ];
  const whole = arrays.filter((array) => array !== undefined && array.byteLength === array.buffer.byteLength);
  const buffers = new Set(whole.map((array) => array?.buffer));
  return [...buffers].filter((buffer): buffer is ArrayBuffer => buffer instanceof ArrayBuffer);
}
