import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { PartitionStream } from '../journal/partition-stream.js';
import { makeSnapshot, type SnapshotOrder } from './make-snapshot.js';
import { OneByOne } from './one-by-one.js';
import { restoreJournal, restoreSnapshot } from './restore-snapshot.js';
import type { PartitionSnapshot } from './snapshot-notice.js';
import { ShelfSweeper } from './shelf-sweeper.js';
import type { SnapshotShelf } from './snapshot-shelf.js';

/** The journal of a snapshot, in a folder as that of a store. */
export interface JournalOfSnapshot {
  readonly folder: string;
  /** Of how many items it may tell. */
  readonly items: number;
}

/** The snapshots of a cluster's partitions, as the thread of the partitions has them. All reject when the servers do not answer. */
export interface Snapshots {
  /** See `makeSnapshot`. */
  make(order: SnapshotOrder): Promise<PartitionSnapshot>;
  /** The newest one that counts; undefined when there is none. */
  newest(partition: number): Promise<PartitionSnapshot | undefined>;
  /** See `restoreSnapshot`. */
  restore(partition: number, folder: string): Promise<PartitionSnapshot | undefined>;
  /** A new folder with the journal of a snapshot, which is the caller's to remove; undefined when there is no snapshot. */
  journal(partition: number): Promise<JournalOfSnapshot | undefined>;
}

export interface SnapshotsGround {
  readonly shelf: SnapshotShelf;
  readonly streamOf: (partition: number) => Promise<PartitionStream>;
  readonly nowMs: () => number;
  /** A folder that is there, for journals. */
  readonly scratch: string;
}

export function snapshotsOn({ shelf, streamOf, nowMs, scratch }: SnapshotsGround): Snapshots {
  // Whoever takes a partition over does not share the line with all that is to be learned.
  const journals = new OneByOne();
  const sweeper = new ShelfSweeper(shelf, nowMs);
  return {
    make: async (order) => {
      const made = await makeSnapshot({ shelf, stream: await streamOf(order.partition), nowMs }, order);
      await sweeper.sweep();
      return made;
    },
    newest: async (partition) => (await shelf.said(partition)).notice?.newest,
    restore: (partition, folder) => restoreSnapshot(shelf, partition, folder),
    journal: (partition) => journals.run(() => journalIn(scratch, { shelf, partition })),
  };
}

async function journalIn(
  scratch: string,
  { shelf, partition }: { readonly shelf: SnapshotShelf; readonly partition: number },
): Promise<JournalOfSnapshot | undefined> {
  const folder = await mkdtemp(join(scratch, `journal-${partition}-`));
  let snapshot: PartitionSnapshot | undefined;
  try {
    snapshot = await restoreJournal(shelf, partition, folder);
    return snapshot && { folder, items: snapshot.items };
  } finally {
    if (snapshot === undefined) await rm(folder, { recursive: true, force: true });
  }
}
