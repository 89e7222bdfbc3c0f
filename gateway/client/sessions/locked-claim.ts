import { randomName, type SessionLocks } from './session-locks.js';
import type { SessionClaim, Wanted } from './session-claim.js';
import { fitting, loadSession, type SessionStorage } from './stored-session.js';

export { lockedNames } from './session-locks.js';

/** Clients that may share one storage key, at the same time. The next one is kept in memory alone. */
export const CLIENTS_A_KEY = 32;
/** How long a tab that is loaded again waits for the page before to give its session back. A duplicated tab waits as long. */
export const RELOAD_WAIT_MS = 250;

/** `claimSession` where there are locks. */
export async function claimLocked(wanted: Wanted, locks: SessionLocks): Promise<SessionClaim> {
  const { storage, session } = wanted;
  const named = session === undefined ? undefined : await locks.take(`afterclick session ${session}`, 0);
  const free = named === undefined ? { ...wanted, session: undefined } : wanted;
  const place = storage && (await (isTabsOwn(storage) ? claimTabs : claimShared)(free, storage, locks));
  const stored = place?.stored;
  const isOthers = session !== undefined && named === undefined && stored?.session === session;
  return {
    key: place?.key,
    stored: isOthers ? undefined : stored,
    session: free.session,
    ...(place?.lock !== undefined && { lock: place.lock }),
    release: () => {
      named?.();
      place?.release();
    },
  };
}

type Place = Omit<SessionClaim, 'session'>;

/** A place in the storage of this tab. */
async function claimTabs(wanted: Wanted, storage: SessionStorage, locks: SessionLocks): Promise<Place> {
  const key = keysOf(wanted.storageKey).find((one) => !keysOfPage.has(one));
  if (key !== undefined) keysOfPage.add(key);
  const kept = key === undefined ? undefined : loadSession(storage, key);
  let lock = kept && (kept.lock ?? kept.session);
  let release = lock === undefined ? undefined : await locks.take(`afterclick ${lock}`, RELOAD_WAIT_MS);
  const stored = release || lock === undefined ? fitting(wanted, kept) : undefined;
  if (release === undefined) {
    lock = randomName(wanted.random);
    release = await locks.take(`afterclick ${lock}`, 0);
  }
  return {
    key,
    stored,
    ...(lock !== undefined && { lock }),
    release: () => {
      if (key !== undefined) keysOfPage.delete(key);
      release?.();
    },
  };
}

/** A place in a storage of many pages: one with a session to go on with, else an empty one, else the place of somebody else's. */
async function claimShared(wanted: Wanted, storage: SessionStorage, locks: SessionLocks): Promise<Place> {
  const keys = keysOf(wanted.storageKey);
  const rankOf = (key: string): number => {
    const stored = loadSession(storage, key);
    if (stored === undefined) return 1;
    return fitting(wanted, stored) === undefined ? 2 : 0;
  };
  for (const rank of [0, 1, 2])
    for (const key of keys) {
      if (rankOf(key) !== rank) continue;
      const release = await locks.take(`afterclick key ${key}`, 0);
      if (release) return { key, stored: fitting(wanted, loadSession(storage, key)), release };
    }
  return { key: undefined, stored: undefined, release: () => undefined };
}

function keysOf(key: string): string[] {
  return Array.from({ length: CLIENTS_A_KEY }, (_, i) => (i === 0 ? key : `${key}.${i + 1}`));
}

function isTabsOwn(storage: SessionStorage): boolean {
  try {
    return storage === (globalThis as { sessionStorage?: SessionStorage }).sessionStorage;
  } catch {
    return false;
  }
}

const REGISTRY = Symbol.for('afterclick.keys');
/** Keys of the tab's storage that clients of this page have; also of clients of another copy of this file. */
const keysOfPage = ((globalThis as { [REGISTRY]?: Set<string> })[REGISTRY] ??= new Set<string>());
