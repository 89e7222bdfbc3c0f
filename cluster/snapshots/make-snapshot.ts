import { describeFile } from '../../shards/store/snapshot/snapshot.js';
import type { SnapshotFile } from '../../shards/store/snapshot/snapshot-manifest.js';
import { storeFiles } from '../../shards/store/snapshot/store-files.js';
import { findSequence } from '../journal/find-sequence.js';
import type { PartitionStream } from '../journal/partition-stream.js';
import {
  snapshotsOf,
  type PartitionSnapshot,
  type SnapshotNotice,
  type StoredFile,
} from './snapshot-notice.js';
import type { SnapshotShelf } from './snapshot-shelf.js';
import { isSnapshotWhole, objectProblem } from './stored-objects.js';

/** A copy of a partition's store that is to become a snapshot. */
export interface SnapshotOrder {
  readonly partition: number;
  /** Of the owner, who makes it. */
  readonly epoch: number;
  /** Holds the copy, which nobody changes. */
  readonly folder: string;
  /** Journal position after the last entry of the copy; all of it is in the stream. */
  readonly end: number;
  /** Sequence of a message from which on the stream holds the last entry of the copy and all later ones; absent: it is looked for. */
  readonly from?: number;
  /** Indices of items that had been given out when the copy was made. */
  readonly items: number;
}

/** A later owner has made a snapshot: this one is none any more, and has changed nothing that counts. */
export class SnapshotRefusedError extends Error {
  override readonly name = 'SnapshotRefusedError';
}

/** What a snapshot is made on. */
export interface SnapshotGround {
  readonly shelf: SnapshotShelf;
  readonly stream: PartitionStream;
  readonly nowMs: () => number;
}

/**
 * Keeps a copy as the newest snapshot of its partition, in this order: its files as objects, all of which are read back; the notice that
 * names it and the one before, which is read back as well; the stream purged up to that one; objects that nobody names any more
 * removed. Whatever it ends with, the notice names whole snapshots and the stream goes on from the older one of them.
 *
 * Objects have the epoch of their maker in their names and are removed by makers of that epoch or a later one alone, so that an owner who
 * does not know that they are none takes nothing away that a later one is about to name. Of the snapshot before, files that have not
 * changed are named again.
 *
 * Rejects with a `SnapshotRefusedError`, and when servers do not answer or give back something else than they got.
 */
export async function makeSnapshot(ground: SnapshotGround, order: SnapshotOrder): Promise<PartitionSnapshot> {
  const { shelf, stream, nowMs } = ground;
  const { partition, epoch, end, items } = order;
  const from = order.from ?? (await findSequence(stream, Math.max(0, end - 1), await stream.bounds()));
  const { notice: before, revision } = await shelf.said(partition);
  if ((before?.newest.epoch ?? 0) > epoch) throw refused(partition);
  const files = await keepFiles(shelf, order, snapshotsOf(before));
  const newest = { epoch, madeAtMs: nowMs(), end, from, items, files };
  const older = await firstWhole(shelf, snapshotsOf(before), files);
  const notice: SnapshotNotice = { version: 1, newest, ...(older !== undefined && { older }) };
  if (!(await shelf.say(partition, notice, revision))) throw refused(partition);
  if (older !== undefined) await stream.purge(Math.min(older.from, from));
  await removeOthers(shelf, order, notice);
  return newest;
}

function refused(partition: number): SnapshotRefusedError {
  return new SnapshotRefusedError(`another node has made a snapshot of partition ${partition}`);
}

/** Resolves with what was kept; all of it has been read back. */
async function keepFiles(
  shelf: SnapshotShelf,
  { partition, epoch, folder }: SnapshotOrder,
  before: readonly PartitionSnapshot[],
): Promise<StoredFile[]> {
  const known = new Map(before.flatMap(({ files }) => files.map((file) => [file.sha256, file.object])));
  const kept: StoredFile[] = [];
  for (const name of storeFiles(folder)) {
    const file = await describeFile(folder, name);
    const again = { ...file, object: known.get(file.sha256) ?? '' };
    if (again.object !== '' && (await objectProblem(shelf, again)) === undefined) kept.push(again);
    else
      kept.push(
        await keepFile(shelf, `${folder}/${name}`, { ...file, object: objectOf(partition, epoch, file) }),
      );
  }
  return kept;
}

async function keepFile(shelf: SnapshotShelf, path: string, file: StoredFile): Promise<StoredFile> {
  await shelf.put(file.object, path);
  const problem = await objectProblem(shelf, file);
  if (problem === undefined) return file;
  throw new Error(`object ${file.object} cannot be read back as it was written: ${problem}`);
}

function objectOf(partition: number, epoch: number, { sha256 }: SnapshotFile): string {
  return `${partition}.${epoch}.${sha256}`;
}

/** The newest one that is whole; `read` are files that have been read already. */
async function firstWhole(
  shelf: SnapshotShelf,
  snapshots: readonly PartitionSnapshot[],
  read: readonly StoredFile[],
): Promise<PartitionSnapshot | undefined> {
  const seen = new Set(read.map(({ object }) => object));
  for (const snapshot of snapshots) if (await isSnapshotWhole(shelf, snapshot, seen)) return snapshot;
  return undefined;
}

/** Objects of this owner and of earlier ones that are named by nobody, those of snapshots that were never finished included. */
async function removeOthers(
  shelf: SnapshotShelf,
  { partition, epoch }: SnapshotOrder,
  notice: SnapshotNotice,
): Promise<void> {
  const named = new Set(snapshotsOf(notice).flatMap(({ files }) => files.map(({ object }) => object)));
  for (const object of await shelf.list(`${partition}.`))
    if (!named.has(object) && Number(object.split('.')[1]) <= epoch) await shelf.remove(object);
}
