import { ID_LENGTH_MAX } from '../../protocol/limits.js';
import { isPlain } from '../../protocol/text.js';
import type { KeptEvent } from '../events/pending-event.js';

/** The part of the browser's `Storage` that a client uses. */
export interface SessionStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** What a page that is loaded again needs to go on where it stopped. */
export interface StoredSession {
  readonly version: 1;
  /** Absent before the gateway has named it. */
  readonly session?: string;
  /** Absent for a visitor who gave no name. */
  readonly user?: string;
  readonly acked: number;
  readonly events: readonly KeptEvent[];
  /** Where it was connected last. */
  readonly at?: string;
  /** What the client who writes it has taken of its locks; absent where there are none. */
  readonly lock?: string;
}

/** The browser's: one that outlives the day, or the tab's. Undefined where it has none, or lets nobody have it. */
export function browserStorage(outlivesTab: boolean): SessionStorage | undefined {
  try {
    return (globalThis as unknown as Record<string, SessionStorage | undefined>)[
      outlivesTab ? 'localStorage' : 'sessionStorage'
    ];
  } catch {
    return undefined;
  }
}

/** The session kept under `key`; undefined when there is none or it is not one of ours. */
export function loadSession(storage: SessionStorage, key: string): StoredSession | undefined {
  try {
    const stored = JSON.parse(storage.getItem(key) ?? 'null') as Partial<StoredSession> | null;
    const { version, session, user, events, acked } = stored ?? {};
    const isOurs = version === 1 && mayBeName(session) && mayBeName(user) && Array.isArray(events);
    const isNumbered = Number.isSafeInteger(acked) && (acked as number) >= 0;
    return isOurs && isNumbered ? (stored as StoredSession) : undefined;
  } catch {
    return undefined;
  }
}

/** The gateway takes no other names: a hello with one would be refused for ever. */
function mayBeName(name: unknown): boolean {
  if (name === undefined) return true;
  return typeof name === 'string' && name.length > 0 && name.length <= ID_LENGTH_MAX && isPlain(name);
}

/** Keeps the session. A storage that takes nothing (full, or switched off) is no error: the page goes on from memory alone. */
export function saveSession(storage: SessionStorage, key: string, session: StoredSession): void {
  try {
    storage.setItem(key, JSON.stringify(session));
  } catch {
    // Nothing is kept over a reload then.
  }
}

export function forgetSession(storage: SessionStorage, key: string): void {
  try {
    storage.removeItem(key);
  } catch {
    // A storage that is switched off has nothing to forget.
  }
}

/** What is kept, unless it is of another session or user than the page wants. */
export function fitting(
  { session, user }: Pick<StoredSession, 'session' | 'user'>,
  stored: StoredSession | undefined,
): StoredSession | undefined {
  if (stored === undefined || (session !== undefined && session !== stored.session)) return undefined;
  const isOtherUser = user !== undefined && stored.user !== undefined && user !== stored.user;
  return isOtherUser ? undefined : stored;
}
