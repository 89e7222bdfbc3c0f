import { setFlagsFromString } from 'node:v8';

const FLAGS = [
  /**
   * How much the engine's old space may grow between two collections, for this thread and for those that are started later: to two
   * and a half times what was alive after the last one (some 30 MB a thread), so that it is marked and compacted now and then and not every
   * few seconds. That the threads collect for themselves (`--single-threaded-gc`) can only be said where the process starts.
   */
  '--heap-growing-percent=150',
  /**
   * Places in the code whose objects outlived two collections at the start, when everything stays, would make all later ones in the
   * old space. What is made for a call dies with it, yet keeps there, dead, what it points to: at 2,000 `recommend`s a second each
   * collection of the young space left 3 MB behind and took 11 ms, where it is 0.5 MB and 2.7 ms without
   * (docs/decisions/0043-no-paced-ticks.md).
   */
  '--no-allocation-site-pretenuring',
];

/** To be called before any thread is started. */
export function setEngineFlags(): void {
  for (const flag of FLAGS) setFlagsFromString(flag);
}
