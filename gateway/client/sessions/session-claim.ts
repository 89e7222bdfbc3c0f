import type { Release, SessionLocks } from './session-locks.js';
import { fitting, loadSession, type SessionStorage, type StoredSession } from './stored-session.js';

/** What a client wants to go on with. */
export interface Wanted {
  readonly storage?: SessionStorage;
  readonly storageKey: string;
  readonly session?: string;
  readonly user?: string;
  readonly locks?: SessionLocks;
  readonly random: () => number;
}

/** What a client may go on with, and nobody else until it is released. */
export interface SessionClaim {
  /** Where the session is kept; undefined: nowhere. */
  readonly key: string | undefined;
  /** What is kept there, when it is of the session and user wanted. */
  readonly stored: StoredSession | undefined;
  /** The session that the page named, unless another client has it. */
  readonly session: string | undefined;
  /** To be kept with the session. */
  readonly lock?: string;
  readonly release: Release;
}

/**
 * Finds the session that a client goes on with, and takes it, so that no two clients number the events of one session. Whoever
 * finds it taken begins one of their own.
 *
 * A storage that pages share (`localStorage`) has a place for each of the clients that are there at the same time: the key, then
 * `key.2` and so on; a place that is free again is taken with what was left in it. A tab's own storage (`sessionStorage`) has one
 * for each client of the page, and a duplicated tab begins with a copy of it: what another tab has is left out and written over.
 * Where there are no locks nothing is taken, and the gateway alone decides who has a session. Then the claim comes at once. What
 * needs locks is a module of its own: a page that keeps nothing does not load it.
 */
export function claimSession(wanted: Wanted): SessionClaim | Promise<SessionClaim> {
  const { locks, storage, storageKey: key, session } = wanted;
  if (locks !== undefined && (storage !== undefined || session !== undefined))
    return import('./locked-claim.js').then(({ claimLocked }) => claimLocked(wanted, locks));
  return {
    key,
    stored: storage && fitting(wanted, loadSession(storage, key)),
    session,
    release: () => undefined,
  };
}
