/**
 * What happened on a shard, in order: a sequence of records, each of one entry or more (`journal-entry.ts`). A position is the
 * number of entries before it, so the first entry has position 0. Records are appended, and dropped from the front, by
 * commits of the store that the journal is of (`CommitBatch`); nothing else changes it.
 * Reads see all commits that were called before, durable or not. Where a record was damaged, positions have a gap.
 */
export interface Journal {
  /** Position of the first entry that is kept; `end` when there is none. */
  readonly start: number;
  /** Position that the next entry will get, commits still on their way to the disk included. */
  readonly end: number;
  /** What its records take on the disk, or in memory: of commits that are durable, and cheap to ask for. */
  readonly bytes: number;
  /** What can be dropped of it, each as a whole, oldest first. The last record is in none of them. */
  pieces(): Iterable<JournalPiece>;
  /** Records with entries at or after `position`, oldest first. Their bytes are the caller's until the next call of the store. */
  from(position: number): Iterable<JournalRecord>;
}

/** A part of a journal that is dropped as a whole, one record or more. */
export interface JournalPiece {
  /** Position after its last entry: where the journal begins without it. */
  readonly end: number;
  /** What it takes, as `Journal.bytes` counts. */
  readonly bytes: number;
  /** A record that is at least as young as all of it; undefined when that is not known. May read the disk. */
  readonly newest: () => Uint8Array | undefined;
}

/** A record as it is kept; `position` is that of the first of its `count` entries. */
export interface JournalRecord {
  readonly position: number;
  readonly count: number;
  readonly bytes: Uint8Array;
}

/** Records that one commit drops at most, so that no other one waits long for it. */
export const DROPPED_RECORDS_MAX = 4_096;
