import { intentWrite } from './intent-rows.js';
import { isEvent, sessionOfEntry, type JournalEntry } from '../journal-entry.js';
import { pairName } from '../keys.js';
import type { EventIdRow, SessionRow } from '../shard-states.js';
import type { CommitBatch } from '../store.js';

type Rows = Required<Pick<CommitBatch, 'users' | 'sessions' | 'eventIds' | 'aliases' | 'blobs'>>;

/**
 * The rows that were committed with the entries of a record, but for the states of those who are still there: a recovery makes
 * these. `atMs` is the time of the record.
 */
export function rowsOfEntries(entries: readonly JournalEntry[], atMs: number): Rows {
  const rows = new EntryRows(atMs);
  for (const entry of entries) rows.take(entry);
  return rows.all();
}

/** In the order of the entries: what a user had is gone when they are. */
class EntryRows {
  readonly #atMs: number;
  readonly #removed = new Set<string>();
  readonly #sessions = new Map<string, SessionRow>();
  readonly #eventIds: EventIdRow[] = [];
  readonly #aliases = new Map<string, string | undefined>();
  readonly #intents = new Map<string, string | undefined>();

  constructor(atMs: number) {
    this.#atMs = atMs;
  }

  take(entry: JournalEntry): void {
    if (isEvent(entry)) {
      if (entry.eventId !== '') this.#addId(entry.user, entry.eventId);
    } else if (entry.entry === 'passed') this.#addId(entry.user, entry.eventId);
    else if (entry.entry === 'given') this.#intents.set(entry.visitor, entry.into);
    else if (entry.entry === 'alias') this.#aliases.set(entry.user, entry.to);
    else if (entry.entry === 'removed') {
      this.#remove(entry.user);
      if (entry.isErased === true) this.#forgetOwner(entry.user);
    } else if (entry.entry === 'merged') {
      this.#aliases.set(entry.visitor, entry.into);
      for (const eventId of entry.eventIds) this.#addId(entry.into, eventId);
    } else if (entry.entry === 'forgotten') {
      this.#remove(entry.visitor);
      this.#aliases.set(entry.visitor, entry.into);
      this.#intents.set(entry.visitor, undefined);
    }
    const session = sessionOfEntry(entry);
    if (session !== undefined)
      this.#sessions.set(pairName(session.userId, session.sessionId), { ...session, atMs: this.#atMs });
  }

  all(): Rows {
    return {
      users: Array.from(this.#removed, (userId) => ({ userId, bytes: undefined })),
      sessions: [...this.#sessions.values()],
      eventIds: this.#eventIds,
      aliases: Array.from(this.#aliases, ([userId, to]) => ({ userId, to })),
      blobs: Array.from(this.#intents, ([visitor, into]) => intentWrite(visitor, into)),
    };
  }

  #addId(userId: string, eventId: string): void {
    this.#eventIds.push({ userId, eventId, atMs: this.#atMs });
  }

  /** Whose they were. */
  #forgetOwner(userId: string): void {
    this.#aliases.set(userId, undefined);
    this.#intents.set(userId, undefined);
  }

  #remove(userId: string): void {
    this.#removed.add(userId);
    for (const [key, row] of this.#sessions) if (row.userId === userId) this.#sessions.delete(key);
  }
}
