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
  /** Records with entries at or after `position`, oldest first. Their bytes are the caller's until the next call of the store. */
  from(position: number): Iterable<JournalRecord>;
}

/** A record as it is kept; `position` is that of the first of its `count` entries. */
export interface JournalRecord {
  readonly position: number;
  readonly count: number;
  readonly bytes: Uint8Array;
}

/** Records that one commit drops at most, so that no other one waits long for it. */
export const DROPPED_RECORDS_MAX = 4_096;
