/**
 * What a shard keeps on disk, and in which order it becomes true.
 *
 * Order: everything handed to one `commit` becomes durable together, and commits become durable in the order of the
 * calls. A commit's promise resolves after fsync, never before; it rejects when the disk refuses, and the shard dies then.
 * Reads see all commits that were called before, durable or not.
 * Bounds: values are copied before `commit` returns, so the caller may reuse its buffers.
 * Ownership: a returned `Uint8Array` is the caller's until the next call of the same store.
 * The journal is a sequence of records; a position is the number of events before it, so the first event has position 0
 * and `journalEnd` is the position the next event will get.
 */
export interface ShardStore {
  /** Position after the last event of the journal, including commits still on their way to the disk. */
  readonly journalEnd: number;
  /** All events before this position are contained in the stored user states: recovery replays from here. */
  readonly checkpoint: number;

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
  /** Where an anonymous user was merged to. */
  alias(userId: string): string | undefined;
  /** A named blob of the shard (rows of the interaction graph and the like). */
  blob(key: string): Uint8Array | undefined;
  blobs(prefix: string): Iterable<{ readonly key: string; readonly bytes: Uint8Array }>;
  users(): Iterable<UserRow>;
  /** The last `seq` of every session, in no order. */
  sessions(): Iterable<SessionRow>;
  /** Every idempotence key within its retention, older days first; `atMs` is the beginning of the UTC day that it is kept under. */
  eventIds(): Iterable<EventIdRow>;
  /** Every alias, in no order. */
  aliases(): Iterable<{ readonly userId: string; readonly to: string }>;
  /** Journal records that hold events at or after `position`, oldest first; `position` of a record is that of its first event. */
  journal(
    position: number,
  ): Iterable<{ readonly position: number; readonly count: number; readonly bytes: Uint8Array }>;

  commit(batch: CommitBatch): Promise<void>;
  /**
   * Writes a consistent copy of the shard to `folder` while it goes on serving; resolves when it is complete and
   * fsynced. The copy holds at least all commits whose promise had resolved when it was called.
   */
  copyTo(folder: string): Promise<void>;
  close(): Promise<void>;
}

/** The state of a user. */
export interface UserRow {
  readonly userId: string;
  readonly bytes: Uint8Array;
}

/**
 * What becomes of the generations of states. `name` says which model made those that serve. `clear` empties the other
 * generation, rebuilt or retired. `adopt` lets the rebuilt states, with those of the same commit, serve as made by `model`;
 * what served so far is retired.
 */
export type StatesChange =
  | { readonly op: 'name' | 'adopt'; readonly model: number }
  | { readonly op: 'clear' };

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

/** One group commit. Absent members change nothing. */
export interface CommitBatch {
  /** Journal record: `count` events in `bytes`, appended at `journalEnd`. */
  readonly journal?: { readonly count: number; readonly bytes: Uint8Array };
  readonly sessions?: readonly SessionRow[];
  readonly eventIds?: readonly EventIdRow[];
  /** User states; `undefined` bytes remove the user and their sessions. */
  readonly users?: readonly { readonly userId: string; readonly bytes: Uint8Array | undefined }[];
  /** States of the generation that is being rebuilt; `undefined` removes. Not while one is retired. */
  readonly rebuilt?: readonly { readonly userId: string; readonly bytes: Uint8Array | undefined }[];
  /** Carried out after all states of the batch are written. */
  readonly states?: StatesChange;
  /** `undefined` removes the alias. */
  readonly aliases?: readonly { readonly userId: string; readonly to: string | undefined }[];
  readonly blobs?: readonly { readonly key: string; readonly bytes: Uint8Array | undefined }[];
  /** New checkpoint position; never goes back. */
  readonly checkpoint?: number;
}
