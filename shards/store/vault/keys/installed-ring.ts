import type { KeyRing } from './key-ring.js';

/**
 * The ring of this thread: who starts a process or a thread installs it, once, before a store is opened; stores find it here. It is the
 * only thing that all stores of a thread share, and it is never written to a log, an error or a message but to the shards' threads.
 */
let installed: KeyRing | undefined;

/** Stores that are opened from now on are encrypted with it; undefined: they are not. */
export function installRing(ring: KeyRing | undefined): void {
  installed = ring;
}

export function installedRing(): KeyRing | undefined {
  return installed;
}
