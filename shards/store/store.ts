import type { Journal } from './journal.js';
import type { JournalEntry } from './journal-entry.js';
import type { SetAsideRow } from './damage.js';
import type { EventIdRow, SessionRow, ShardStates } from './shard-states.js';

/**
 * What a shard keeps on disk, and in which order it becomes true: a journal, and the rows that follow from it.
 *
 * Order: everything handed to one `commit` becomes durable together, journal and rows, and commits become durable in the
 * order of the calls. A commit's promise resolves after fsync, never before; it rejects when the disk refuses, and the shard dies then.
 * A disk that is full does not refuse: commits wait, in order, until it takes them, and `waitsForDisk` says so. Whoever
 * commits then has to stop, for what waits is held in memory.
 * Reads see all commits that were called before, durable or not.
 * Bounds: values are copied before `commit` returns, so the caller may reuse its buffers.
 * Ownership: a returned `Uint8Array` is the caller's until the next call of the same store.
 * Damage: every value has a checksum. One that does not fit it reads as if it were not there, and the store's `DamageListener`
 * hears of it; the row stays as it is until it is written anew.
 */
export interface ShardStore extends ShardStates {
  readonly journal: Journal;
  /** All entries before this position are contained in the stored user states: recovery replays from here. */
  readonly checkpoint: number;
  /** True where what is of a user is encrypted under a key of theirs. */
  readonly isEncrypted: boolean;
  /** True while commits wait for room on the disk. */
  readonly waitsForDisk: boolean;

  /**
   * Looks at some rows, damaged or not, from where the last call left off; undefined begins. Told of are those that are
   * damaged. A bite holds `limit` rows at most.
   */
  verify(from: VerifyPlace | undefined, limit: number): VerifyBite;
  /** Resolves when the rows that `verify` would look at with the same arguments are in memory, so that it does not wait for the disk. */
  readAhead(from: VerifyPlace | undefined, limit: number): Promise<void>;
  /** Resolves when the states of these users are in memory, so that `user` does not wait for the disk. */
  readUsersAhead(userIds: readonly string[]): Promise<void>;

  /**
   * Makes a blob ready for a commit, which then costs nothing for each of its bytes: the checksum and the copy are made here. For
   * those who commit many at once.
   */
  sealBlob(key: string, bytes: Uint8Array): BlobRow & { readonly bytes: Uint8Array };
  /** A record of the journal as the store keeps it (`CommitBatch.journal`); the caller owns the bytes. `atMs` as in `encodeRecord`. */
  record(entries: readonly JournalEntry[], atMs: number | undefined): Uint8Array;
  commit(batch: CommitBatch): Promise<void>;
  /**
   * False when the journal record of a commit that is made now goes to the disk at once. Otherwise `gather` is called once, when the next records
   * are about to go: what it commits goes with them, so that whoever would commit more than once until then commits once.
   */
  waitsForGroup(gather: () => void): boolean;
  /**
   * Destroys the keys of users, so that nothing of them can be read any more, in no copy of the store; resolves when that is on the disk. Where nothing
   * is encrypted it does nothing. Their rows are removed by a commit.
   */
  erase(userIds: readonly string[]): Promise<void>;
  /**
   * Writes a consistent copy of the shard to `folder` while it goes on serving; resolves when it is complete and
   * fsynced, with the end of its journal. The copy holds at least all commits whose promise had resolved when it was called.
   * `signal` and `close` end it: it rejects then, and what is in `folder` is the caller's to remove.
   */
  copyTo(folder: string, signal?: AbortSignal): Promise<number>;
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

/**
 * What becomes of the generations of states. `name` says which model made those that serve. `clear` empties the other
 * generation, rebuilt or retired. `adopt` lets the rebuilt states, with those of the same commit, serve as made by `model`;
 * what served so far is retired.
 */
export type StatesChange =
  | { readonly op: 'name' | 'adopt'; readonly model: number }
  | { readonly op: 'clear' };

/** A blob to write; `undefined` bytes remove it. */
export interface BlobRow {
  readonly key: string;
  readonly bytes: Uint8Array | undefined;
  /** From `ShardStore.sealBlob`, with the key and the bytes; must not change until the commit is durable. */
  readonly sealed?: Uint8Array;
}

/** One group commit. Absent members change nothing. */
export interface CommitBatch {
  /** Journal record: `count` entries in `bytes`, appended at the journal's end. */
  readonly journal?: { readonly count: number; readonly bytes: Uint8Array };
  /**
   * True: a crash may lose the rows of the batch. Those of its journal record are made again at the next opening (`rowsOfEntries`);
   * without a state, a page or a checkpoint a recovery begins with the one before, and reads more of the journal. The promise resolves
   * when the record is on the disk, perhaps before that of an earlier batch that waits for its rows.
   */
  readonly rowsFollow?: boolean;
  /**
   * Drops the pieces of the journal (`Journal.pieces`) that end at or before this position, oldest first: of pieces that are records
   * `DROPPED_RECORDS_MAX` at most. More may stay: what a copy that is being made needs, and what the disk does not remove now. Not
   * beyond the checkpoint. When the promise resolves, `Journal.start` tells how far it came.
   */
  readonly dropBefore?: number;
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
  readonly blobs?: readonly BlobRow[];
  /** Damaged records to keep; the same one again replaces it. */
  readonly setAside?: readonly SetAsideRow[];
  /** New checkpoint position; never goes back. */
  readonly checkpoint?: number;
}
