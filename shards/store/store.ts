import type { SetAsideRow } from './damage.js';

/**
 * What a shard keeps on disk, and in which order it becomes true.
 *
 * Order: everything handed to one `commit` becomes durable together, and commits become durable in the order of the
 * calls. A commit's promise resolves after fsync, never before; it rejects when the disk refuses, and the shard dies then.
 * A disk that is full does not refuse: commits wait, in order, until it takes them, and `waitsForDisk` says so. Whoever
 * commits then has to stop, for what waits is held in memory.
 * Reads see all commits that were called before, durable or not.
 * Bounds: values are copied before `commit` returns, so the caller may reuse its buffers.
 * Ownership: a returned `Uint8Array` is the caller's until the next call of the same store.
 * The journal is a sequence of records; a position is the number of events before it, so the first event has position 0
 * and `journalEnd` is the position the next event will get. Where a record was damaged, positions have a gap.
 * Damage: every value has a checksum. One that does not fit it reads as if it were not there, and the store's `DamageListener`
 * hears of it; the row stays as it is until it is written anew.
 */
export interface ShardStore {
  /** Position after the last event of the journal, including commits still on their way to the disk. */
  readonly journalEnd: number;
  /** All events before this position are contained in the stored user states: recovery replays from here. */
  readonly checkpoint: number;
  /** True while commits wait for room on the disk. */
  readonly waitsForDisk: boolean;

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
  /**
   * Whose a visitor is who was merged (`user-key.ts`). Under a name without the mark of its space: that records of the journal
   * from before there were two spaces mean the visitor of that name.
   */
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

  /** Damaged records that were kept by a commit, in no order. */
  setAside(): Iterable<SetAsideRow>;
  /**
   * Looks at some rows, damaged or not, from where the last call left off; undefined begins. Told of are those that are
   * damaged. A bite holds `limit` rows at most.
   */
  verify(from: VerifyPlace | undefined, limit: number): VerifyBite;

  commit(batch: CommitBatch): Promise<void>;
  /**
   * Writes a consistent copy of the shard to `folder` while it goes on serving; resolves when it is complete and
   * fsynced. The copy holds at least all commits whose promise had resolved when it was called.
   */
  copyTo(folder: string): Promise<void>;
  /** Resolves when what was committed is durable. What a full disk does not take now is given up; nobody was told that it is durable. */
  close(): Promise<void>;
}

/** How far a look through a store has come; opaque. */
export interface VerifyPlace {
  readonly table: number;
  readonly after: Uint8Array | undefined;
}

/** What one call of `verify` looked at, and where the next goes on; `next` is undefined when all is looked at. */
export interface VerifyBite {
  readonly count: number;
  readonly bytes: number;
  readonly next: VerifyPlace | undefined;
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
  /** Applied after `users`: those of a user whom the same batch removes stay, and are all the user has then. */
  readonly sessions?: readonly SessionRow[];
  readonly eventIds?: readonly EventIdRow[];
  /** User states; `undefined` bytes remove the user and the sessions that earlier commits gave them. */
  readonly users?: readonly { readonly userId: string; readonly bytes: Uint8Array | undefined }[];
  /** States of the generation that is being rebuilt; `undefined` removes. Not while one is retired. */
  readonly rebuilt?: readonly { readonly userId: string; readonly bytes: Uint8Array | undefined }[];
  /** Carried out after all states of the batch are written. */
  readonly states?: StatesChange;
  /** `undefined` removes the alias. */
  readonly aliases?: readonly { readonly userId: string; readonly to: string | undefined }[];
  readonly blobs?: readonly { readonly key: string; readonly bytes: Uint8Array | undefined }[];
  /** Damaged records to keep; the same one again replaces it. */
  readonly setAside?: readonly SetAsideRow[];
  /** New checkpoint position; never goes back. */
  readonly checkpoint?: number;
}
