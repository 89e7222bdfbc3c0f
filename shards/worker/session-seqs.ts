import { pairName } from '../store/keys.js';
import type { JournalEvent } from '../store/journal-record.js';
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

  note({ user: userId, session: sessionId, seq }: JournalEvent): void {
    if (sessionId === '') return;
    const name = pairName(userId, sessionId);
    if (seq > (this.#sessions.get(name)?.seq ?? 0)) this.#sessions.set(name, { userId, sessionId, seq });
  }

  /** Those that the store knows less of. */
  behind(): NotedSession[] {
    return [...this.#sessions.values()].filter(
      ({ userId, sessionId, seq }) => (this.#store.sessionSeq(userId, sessionId) ?? 0) < seq,
    );
  }
}
