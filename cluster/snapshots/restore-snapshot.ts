import { rm } from 'node:fs/promises';
import { renameDurably } from '../../metrics/process/durable-files.js';
import { JOURNAL_FOLDER } from '../../shards/store/journal-file/journal-folder.js';
import { snapshotsOf, type PartitionSnapshot, type StoredFile } from './snapshot-notice.js';
import type { SnapshotShelf } from './snapshot-shelf.js';
import { fetchFiles } from './stored-objects.js';

/**
 * Makes `folder` the store of a partition as its newest snapshot has it, in the place of what is there; as the older one has it when the
 * newest is broken. Resolves with the one that it was; with undefined, and changes nothing, when there is none. Rejects when none is
 * whole. Nobody may read it before this node has its items.
 */
export function restoreSnapshot(
  shelf: SnapshotShelf,
  partition: number,
  folder: string,
): Promise<PartitionSnapshot | undefined> {
  return fillFromNewest(shelf, partition, { folder, files: (snapshot) => snapshot.files });
}

/** As `restoreSnapshot`, of the journal alone. */
export function restoreJournal(
  shelf: SnapshotShelf,
  partition: number,
  folder: string,
): Promise<PartitionSnapshot | undefined> {
  const isJournal = ({ name }: StoredFile): boolean => name.startsWith(`${JOURNAL_FOLDER}/`);
  return fillFromNewest(shelf, partition, { folder, files: ({ files }) => files.filter(isJournal) });
}

interface Filling {
  readonly folder: string;
  readonly files: (snapshot: PartitionSnapshot) => readonly StoredFile[];
}

async function fillFromNewest(
  shelf: SnapshotShelf,
  partition: number,
  { folder, files }: Filling,
): Promise<PartitionSnapshot | undefined> {
  const { notice } = await shelf.said(partition);
  const partial = `${folder}.partial`;
  let broken: unknown;
  for (const snapshot of snapshotsOf(notice)) {
    await rm(partial, { recursive: true, force: true });
    try {
      await fetchFiles(shelf, files(snapshot), partial);
    } catch (error) {
      broken = error;
      continue;
    }
    await rm(folder, { recursive: true, force: true });
    await renameDurably(partial, folder);
    return snapshot;
  }
  if (notice === undefined) return undefined;
  await rm(partial, { recursive: true, force: true });
  throw new Error(`no snapshot of partition ${partition} can be read`, { cause: broken });
}
