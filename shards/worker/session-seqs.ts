import { pairName } from '../store/keys.js';
import { sessionOfEntry, type JournalEntry } from '../store/journal-entry.js';
import type { SessionSeq } from '../wire/calls.js';
import type { ShardStore } from '../store/store.js';

interface NotedSession extends SessionSeq {
  readonly userId: string;
}

/** The last `seq` of sessions as the journal knows it. */
export class SessionSeqs {
  readonly #store: Pick<ShardStore, 'sessionSeq'>;
  readonly #sessions = new Map<string, NotedSession>();

  constructor(store: Pick<ShardStore, 'sessionSeq'>) {
    this.#store = store;
  }

  note(entry: JournalEntry): void {
    if (entry.entry === 'removed') this.#forget(entry.user);
    const session = sessionOfEntry(entry);
    if (session === undefined) return;
    const name = pairName(session.userId, session.sessionId);
    if (session.seq > (this.#sessions.get(name)?.seq ?? 0)) this.#sessions.set(name, session);
  }

  /** Who comes again begins again with 1. */
  #forget(user: string): void {
    for (const [name, { userId }] of this.#sessions) if (userId === user) this.#sessions.delete(name);
  }

  /** Those that the store knows less of. */
  behind(): NotedSession[] {
    return [...this.#sessions.values()].filter(
      ({ userId, sessionId, seq }) => (this.#store.sessionSeq(userId, sessionId) ?? 0) < seq,
    );
  }
}
