import { setFlagsFromString } from 'node:v8';

/**
 * How much the engine's old space may grow between two collections, for this thread and for those that are started later: to six
 * times what was alive after the last one (some 15 MB a thread), so that it is marked and compacted now and then and not every few
 * seconds. That the threads collect for themselves (`--single-threaded-gc`) can only be said where the process starts.
 */
const HEAP_GROWTH = '--heap-growing-percent=500';

/** To be called before any thread is started. */
export function setEngineFlags(): void {
  setFlagsFromString(HEAP_GROWTH);
}
