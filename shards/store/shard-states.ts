import type { SetAsideRow } from './damage.js';

/**
 * The rows of a shard: what follows from its journal, and is kept so that nobody has to read all of that. Rows are written by
 * commits of the store that they are of (`CommitBatch`), in the same transaction as the entries that explain them.
 */
export interface ShardStates {
  /** Tag of the model that made the states which serve (`model/bundle/model-tag.ts`); 0: never said. */
  readonly statesModel: number;
  /** True while states that served before the last `adopt` count for users who have none made since. */
  readonly hasRetired: boolean;

  user(userId: string): Uint8Array | undefined;
  /** State of a user in the generation that is being rebuilt; `user` gives it after `adopt`. */
  rebuilt(userId: string): Uint8Array | undefined;
  /** True when the only state of a user is a retired one. */
  isRetired(userId: string): boolean;
  /** Retired states in the order of their keys, those after user `after`; '' begins. Of commits that are durable. */
  retired(after: string): Iterable<UserRow>;
  /** The last `seq` of a session of a user; undefined for a session that never had an event. */
  sessionSeq(userId: string, sessionId: string): number | undefined;
  /** True when an event with this idempotence key was committed within the retention of keys (at least 24 h). */
  hasEventId(userId: string, eventId: string): boolean;
  /** Such keys of one user, `countMax` at most, newer days first. */
  eventIdsOf(userId: string, countMax: number): string[];
  /**
   * Whose a visitor is who was merged (`user-key.ts`). Under a name without the mark of its space: that records of the journal
   * from before there were two spaces mean the visitor of that name.
   */
  alias(userId: string): string | undefined;
  /** A named blob of the shard (rows of the interaction graph and the like). */
  blob(key: string): Uint8Array | undefined;
  blobs(prefix: string): Iterable<{ readonly key: string; readonly bytes: Uint8Array }>;
  users(): Iterable<UserRow>;
  /** Those who have a state that serves, in the order of their keys, after user `after`; '' begins. Of commits that are durable. */
  userNames(after: string): Iterable<string>;
  /** The last `seq` of every session, in no order. */
  sessions(): Iterable<SessionRow>;
  /** The same in the order of their keys, after that session; undefined begins. Of commits that are durable. */
  sessionsAfter(after: Pick<SessionRow, 'userId' | 'sessionId'> | undefined): Iterable<SessionRow>;
  /** Every idempotence key within its retention, older days first; `atMs` is the beginning of the UTC day that it is kept under. */
  eventIds(): Iterable<EventIdRow>;
  /** Every alias, in no order. */
  aliases(): Iterable<{ readonly userId: string; readonly to: string }>;
  /** Visitors who were merged into a user: those whose alias says so. Looks at all aliases. */
  visitorsOf(userId: string): string[];

  /** Damaged records that were kept by a commit, in no order. */
  setAside(): Iterable<SetAsideRow>;
}

/** The state of a user. */
export interface UserRow {
  readonly userId: string;
  readonly bytes: Uint8Array;
}

/** The last `seq` of a session; `atMs` is when it was taken. */
export interface SessionRow {
  readonly userId: string;
  readonly sessionId: string;
  readonly seq: number;
  readonly atMs: number;
}

/** An idempotence key of a user, taken at `atMs`. */
export interface EventIdRow {
  readonly userId: string;
  readonly eventId: string;
  readonly atMs: number;
}
