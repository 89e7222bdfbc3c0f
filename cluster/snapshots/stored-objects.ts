import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { makeFolderDurably, syncFile } from '../../metrics/process/durable-files.js';
import { describeFile } from '../../shards/store/snapshot/snapshot.js';
import type { SnapshotFile } from '../../shards/store/snapshot/snapshot-manifest.js';
import type { PartitionSnapshot, StoredFile } from './snapshot-notice.js';
import type { SnapshotShelf } from './snapshot-shelf.js';

/** Why the object cannot be read back as the file that it is said to be; undefined when it can. */
export async function objectProblem(
  shelf: SnapshotShelf,
  { object, bytes, sha256 }: StoredFile,
): Promise<string | undefined> {
  const hash = createHash('sha256');
  let count = 0;
  try {
    for await (const chunk of shelf.read(object)) {
      hash.update(chunk);
      count += chunk.length;
    }
  } catch (error) {
    return (error as Error).message;
  }
  const isSaid = count === bytes && hash.digest('hex') === sha256;
  return isSaid ? undefined : `it has ${count} other bytes`;
}

/** True when all objects of a snapshot are whole. Those of `seen` have been read already. */
export async function isSnapshotWhole(
  shelf: SnapshotShelf,
  { files }: PartitionSnapshot,
  seen: ReadonlySet<string>,
): Promise<boolean> {
  for (const file of files)
    if (!seen.has(file.object) && (await objectProblem(shelf, file)) !== undefined) return false;
  return true;
}

/** Writes files of a snapshot to a folder; resolves when they are on the disk. Rejects when one is not what it is said to be. */
export async function fetchFiles(
  shelf: SnapshotShelf,
  files: readonly StoredFile[],
  folder: string,
): Promise<void> {
  for (const file of files) {
    const path = join(folder, file.name);
    await makeFolderDurably(dirname(path));
    await pipeline(shelf.read(file.object), createWriteStream(path));
    const found = await describeFile(folder, file.name);
    if (!isSame(found, file)) throw new Error(`object ${file.object} is not the file that it was`);
    await syncFile(path);
  }
}

function isSame(found: SnapshotFile, wanted: SnapshotFile): boolean {
  return found.bytes === wanted.bytes && found.sha256 === wanted.sha256;
}
