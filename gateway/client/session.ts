import type { Hello, Slot, EventName } from '../protocol/messages.js';
import type { CompleteOptions, SessionStorage } from './client-options.js';
import { EventQueue } from './event-queue.js';
import { PendingEvent, type EventFields } from './pending-event.js';

/**
 * Who speaks and where they stopped: user, session, unacknowledged events. A session kept in storage is taken up again
 * unless the page names another session or another user; a visitor's session goes on when they get a name.
 */
export class Session {
  readonly #options: CompleteOptions;
  readonly queue: EventQueue;
  /** Absent until the gateway has named it, unless the page or the storage did. */
  id: string | undefined;
  /** The name the page gave; absent for a visitor. */
  user: string | undefined;
  /** True once the session exists at the gateway. */
  #isKnown: boolean;

  constructor(options: CompleteOptions) {
    this.#options = options;
    const stored = this.#stored();
    this.id = options.session ?? stored?.session;
    this.user = options.user ?? stored?.user;
    this.#isKnown = stored !== undefined;
    this.queue = new EventQueue(options.queueMax, stored?.acked ?? 0);
    for (const { e, fields, trackedMs, sent } of stored?.events ?? []) {
      const event = new PendingEvent(e, fields, trackedMs, -Infinity);
      this.queue.add(event);
      event.isSent = sent;
    }
  }

  /** The first message of the next connection. */
  hello(slots: Iterable<Slot>, token: string | undefined): Hello {
    const { id, user } = this;
    const { device } = this.#options;
    const resume = this.#isKnown && id ? { session: id, seq: this.queue.ackedSeq } : undefined;
    return {
      t: 'hello',
      ...(user !== undefined && { user }),
      ...(token !== undefined && { token }),
      ...(device !== undefined && { device }),
      ...(resume ? { resume } : id !== undefined && { session: id }),
      slots: [...slots],
    };
  }

  /** The gateway let this session in. */
  welcomed(id: string): void {
    this.id = id;
    this.#isKnown = true;
  }

  /** Writes what a reload needs, if there is a storage and a session to write. */
  save(): void {
    const { storage, storageKey } = this.#options;
    if (!storage || this.id === undefined) return;
    const { id: session, user, queue } = this;
    const events = queue.events.map(storedEvent);
    saveSession(storage, storageKey, {
      version: 1,
      session,
      ...(user !== undefined && { user }),
      acked: queue.ackedSeq,
      events,
    });
  }

  forget(): void {
    if (this.#options.storage) forgetSession(this.#options.storage, this.#options.storageKey);
  }

  #stored(): StoredSession | undefined {
    const { storage, storageKey, session, user } = this.#options;
    const stored = storage && loadSession(storage, storageKey);
    if (!stored || (session !== undefined && session !== stored.session)) return undefined;
    const isOtherUser = user !== undefined && stored.user !== undefined && user !== stored.user;
    return isOtherUser ? undefined : stored;
  }
}

/** What a page that is loaded again needs to go on where it stopped. */
interface StoredSession {
  readonly version: 1;
  readonly session: string;
  /** Absent for a visitor who gave no name. */
  readonly user?: string;
  readonly acked: number;
  readonly events: readonly StoredEvent[];
}

interface StoredEvent {
  readonly e: EventName;
  readonly fields: EventFields;
  readonly trackedMs: number;
  readonly sent: boolean;
}

function storedEvent(event: PendingEvent): StoredEvent {
  return { e: event.name, fields: event.fields, trackedMs: event.trackedMs, sent: event.isSent };
}

/** The session kept under `key`; undefined when there is none or it is not one of ours. */
function loadSession(storage: SessionStorage, key: string): StoredSession | undefined {
  try {
    const stored = JSON.parse(storage.getItem(key) ?? 'null') as Partial<StoredSession> | null;
    const isOurs =
      stored?.version === 1 && typeof stored.session === 'string' && Array.isArray(stored.events);
    return isOurs && Number.isSafeInteger(stored.acked) ? (stored as StoredSession) : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps the session. A storage that takes nothing (full, or switched off) is no error: the page goes on from memory alone. */
function saveSession(storage: SessionStorage, key: string, session: StoredSession): void {
  try {
    storage.setItem(key, JSON.stringify(session));
  } catch {
    // Nothing is kept over a reload then.
  }
}

function forgetSession(storage: SessionStorage, key: string): void {
  try {
    storage.removeItem(key);
  } catch {
    // A storage that is switched off has nothing to forget.
  }
}
