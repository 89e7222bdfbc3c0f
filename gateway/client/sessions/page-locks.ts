import type { Clock } from '../link/client-clock.js';
import type { PageLocking, SessionLocks } from './session-locks.js';

/** Locks of the runtime, loaded with the first name; undefined outside of pages and workers: there nobody else has the storage. */
export function pageLocks(clock: Clock, random: () => number): SessionLocks | undefined {
  // What pages have is not declared here, and what Node has of it has types of its own.
  const runtime = globalThis as unknown as PageLocking & { document?: object; importScripts?: object };
  if (runtime.document === undefined && runtime.importScripts === undefined) return undefined;
  if (runtime.navigator?.locks === undefined && runtime.BroadcastChannel === undefined) return undefined;
  let locks: Promise<SessionLocks | undefined> | undefined;
  return {
    async take(name, waitMs) {
      locks ??= import('./locked-claim.js').then(({ lockedNames }) => lockedNames(runtime, clock, random));
      return (await locks)?.take(name, waitMs);
    },
  };
}
