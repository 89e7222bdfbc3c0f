import type { EventFields, PendingEvent } from './pending-event.js';
import type { EventName } from '../protocol/messages.js';

/** The part of the browser's `Storage` that a client uses. A key has one owner at a time: two pages need two keys. */
export interface SessionStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** What a page that is loaded again needs to go on where it stopped. */
export interface StoredSession {
  readonly version: 1;
  readonly session: string;
  /** Absent for a visitor who gave no name. */
  readonly user?: string;
  readonly acked: number;
  readonly events: readonly StoredEvent[];
}

export interface StoredEvent {
  readonly e: EventName;
  readonly fields: EventFields;
  readonly trackedMs: number;
  readonly sent: boolean;
}

export function storedEvent(event: PendingEvent): StoredEvent {
  return { e: event.name, fields: event.fields, trackedMs: event.trackedMs, sent: event.isSent };
}

/** The session kept under `key`; undefined when there is none or it is not one of ours. */
export function loadSession(storage: SessionStorage, key: string): StoredSession | undefined {
  try {
    const stored = JSON.parse(storage.getItem(key) ?? 'null') as Partial<StoredSession> | null;
    const isOurs =
      stored?.version === 1 && typeof stored.session === 'string' && Array.isArray(stored.events);
    return isOurs && Number.isSafeInteger(stored.acked) ? (stored as StoredSession) : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps the session. False when the storage took nothing (full, or switched off): the page goes on from memory alone. */
export function saveSession(storage: SessionStorage, key: string, session: StoredSession): boolean {
  try {
    storage.setItem(key, JSON.stringify(session));
    return true;
  } catch {
    return false;
  }
}

export function forgetSession(storage: SessionStorage, key: string): void {
  try {
    storage.removeItem(key);
  } catch {
    // A storage that is switched off has nothing to forget.
  }
}
