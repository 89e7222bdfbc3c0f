import type { SnapshotNotice } from './snapshot-notice.js';

/** What is said of a partition's snapshots, and which write said it: 0 before the first. */
export interface SaidSnapshots {
  readonly notice: SnapshotNotice | undefined;
  readonly revision: number;
}

/** What is said of the snapshots of partitions; whoever knows the last word may say the next. Both reject when nobody answers in time. */
export interface SnapshotNotices {
  said(partition: number): Promise<SaidSnapshots>;
  /** Resolves with false, and says nothing, when somebody has said something since `revision`. */
  say(partition: number, notice: SnapshotNotice, revision: number): Promise<boolean>;
}

/**
 * Where the snapshots of a cluster are kept, beside its streams. Objects count for nobody until a notice names them. What is asked
 * rejects when nobody answers in time.
 */
export interface SnapshotShelf extends SnapshotNotices {
  /** Keeps a file as an object, in the place of one of that name. */
  put(object: string, path: string): Promise<void>;
  /** The bytes of an object; the reading rejects where there is none or some of it are damaged. */
  read(object: string): AsyncIterable<Uint8Array>;
  /** Names of all objects that begin so. */
  list(prefix: string): Promise<readonly string[]>;
  remove(object: string): Promise<void>;
  /** Takes away what uploads have left that ended in the middle. */
  sweep(nowMs: () => number): Promise<void>;
}
