import { sessionOfEntry, type JournalEntry } from '../store/journal-entry.js';

/** The sessions and aliases of some users as a journal tells them, and where it contradicts itself: events twice, or out of order. */
export class ReplayedSessions {
  /** Last `seq` by user and session. */
  readonly seqs = new Map<string, Map<string, number>>();
  /** By user; undefined: an alias that was taken back. */
  readonly aliases = new Map<string, string | undefined>();
  /** False for a journal whose beginning was dropped: the first event of a session may be any. */
  readonly #isComplete: boolean;
  /** Told of a user and of what is wrong. */
  readonly #wrong: (userId: string, problem: string) => void;

  constructor(isComplete: boolean, wrong: (userId: string, problem: string) => void) {
    this.#isComplete = isComplete;
    this.#wrong = wrong;
  }

  /** Takes the next entry in, at `position`; it is of one of the users. */
  take(entry: JournalEntry, position: number): void {
    if (entry.entry === 'removed') {
      this.seqs.delete(entry.user);
      if (entry.isErased === true) this.aliases.set(entry.user, undefined);
    }
    if (entry.entry === 'forgotten') this.seqs.delete(entry.visitor);
    if (entry.entry === 'alias') this.aliases.set(entry.user, entry.to);
    if (entry.entry === 'merged' || entry.entry === 'forgotten') this.aliases.set(entry.visitor, entry.into);
    const session = sessionOfEntry(entry);
    if (session === undefined) return;
    const { userId, sessionId, seq } = session;
    const sessions = this.seqs.get(userId) ?? new Map<string, number>();
    this.seqs.set(userId, sessions);
    const last = sessions.get(sessionId) ?? (this.#isComplete ? 0 : seq - 1);
    if (entry.entry === undefined && seq !== last + 1)
      this.#wrong(userId, `event ${seq} of session "${sessionId}" follows event ${last}, at ${position}`);
    sessions.set(sessionId, seq);
  }
}
