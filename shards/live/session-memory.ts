import type { JournalEvent } from '../store/journal-entry.js';
import { digestOf, EventDigests } from './event-digests.js';

/** Sessions remembered that are not open. */
export const SESSIONS_REMEMBERED = 16_384;
/** Events read of the end of the journal at a start: those that clients may send again because of it. */
export const EVENTS_REREAD = 32_768;

/**
 * What the latest events of sessions were that are not open, so that a client who comes back, and whatever they repeat, is
 * judged by it. Filled by sessions that close, and at a start from the end of the journal. One per shard.
 *
 * Bounds: `SESSIONS_REMEMBERED` sessions, of whom the one closed longest ago is forgotten first; at most 20 MB, a fifth of it
 * with sessions of ordinary length. Of what is not remembered any repeat is taken for one.
 */
export class SessionMemory {
  /** Oldest first. */
  readonly #sessions = new Map<string, EventDigests>();

  /** Sessions that are remembered. */
  get size(): number {
    return this.#sessions.size;
  }

  /** The events of a session that opens; from now on they are its own. */
  take(userId: string, sessionId: string): EventDigests {
    const key = keyOf(userId, sessionId);
    const digests = this.#sessions.get(key);
    this.#sessions.delete(key);
    return digests ?? new EventDigests();
  }

  /** Remembers a session that closes. One without events is nothing to remember. */
  keep(userId: string, sessionId: string, digests: EventDigests): void {
    if (digests.count === 0) return;
    const key = keyOf(userId, sessionId);
    this.#sessions.delete(key);
    this.#sessions.set(key, digests);
    if (this.#sessions.size <= SESSIONS_REMEMBERED) return;
    for (const oldest of this.#sessions.keys()) {
      this.#sessions.delete(oldest);
      return;
    }
  }

  /** A visitor is gone, and with them their session; one of the same name begins anew. */
  forget(userId: string, sessionId: string): void {
    this.#sessions.delete(keyOf(userId, sessionId));
  }

  /** A user is gone, and with them all of their sessions. Looks at all that are remembered. */
  forgetUser(userId: string): void {
    for (const key of this.#sessions.keys()) if (key.startsWith(`${userId}\n`)) this.#sessions.delete(key);
  }

  /** Remembers an event that the journal holds; in the order of the journal. */
  read(event: JournalEvent): void {
    if (event.session === '') return;
    const digests = this.take(event.user, event.session);
    digests.add(event.seq, digestOf(event));
    this.keep(event.user, event.session, digests);
  }
}

function keyOf(userId: string, sessionId: string): string {
  return `${userId}\n${sessionId}`;
}
