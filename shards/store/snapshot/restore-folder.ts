import { existsSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import {
  makeFolderDurably,
  renameDurably,
  writeFileDurably,
} from '../../../metrics/process/durable-files.js';
import { DiskSpace, isDiskFull } from '../../../metrics/process/disk-space.js';
import { StartupError } from '../../../metrics/process/startup-error.js';
import { systemProblem } from '../../../metrics/process/system-problem.js';
import { Refusal } from './refusal.js';
import { FORMAT_FILE, snapshotsFolder, WARM_MARKER, writeDataFolder } from '../data-folder.js';
import { LMDB_FILE } from '../lmdb/commits/lmdb-file.js';
import { copyFiles } from './snapshot.js';
import type { SnapshotFile } from './snapshot-manifest.js';
import { checkWholeSnapshot, findSnapshots, formatOf, verifyWholeSnapshot } from './whole-snapshot.js';

/**
 * Makes `dataDir` a data folder with the content of a whole snapshot, after reading all of that. Resolves with the number of its
 * shards. Rejects with a `Refusal` when there is no snapshot, when it is broken (the message names what of it), or the folder exists and is not
 * empty; nothing is left of it then.
 */
export async function restoreFolder(snapshot: string, dataDir: string): Promise<number> {
  refuseNoSnapshot(snapshot);
  const problems = await verifyWholeSnapshot(snapshot);
  const whole = checkWholeSnapshot(snapshot);
  if (problems.length > 0 || typeof whole === 'string')
    throw new Refusal(
      `the snapshot ${snapshot} is broken, and nothing was made of it: ${problems.join('; ')}`,
    );
  if (holdsAnything(dataDir)) throw new Refusal(`${dataDir} is not empty: name a folder that does not exist`);
  const { createdAt, shards, bytes } = whole;
  const space = new DiskSpace(dataDir);
  if (!space.hasRoomFor(bytes)) throw space.fullError({ neededBytes: bytes });
  const partial = join(dirname(resolve(dataDir)), `.${basename(resolve(dataDir))}.partial`);
  try {
    await rm(partial, { recursive: true, force: true });
    await copyStore(join(snapshot, 'catalogue'), join(partial, 'catalogue'), [{ name: LMDB_FILE }]);
    for (const { shard, files } of shards)
      await copyStore(join(snapshot, `shard-${shard}`), join(partial, `shard-${shard}`), files);
    await writeFileDurably(join(partial, WARM_MARKER), '');
    await writeDataFolder(partial, { format: formatOf(snapshot), shards: shards.length, createdAt });
    await rm(dataDir, { recursive: true, force: true });
    await renameDurably(partial, resolve(dataDir));
  } catch (error) {
    await rm(partial, { recursive: true, force: true }).catch(() => undefined);
    throw isDiskFull(error) ? error : unusable(dataDir, error);
  }
  return shards.length;
}

function holdsAnything(dataDir: string): boolean {
  try {
    return existsSync(dataDir) && readdirSync(dataDir).length > 0;
  } catch (error) {
    throw unusable(dataDir, error);
  }
}

function unusable(dataDir: string, cause: unknown): StartupError {
  const why = systemProblem(cause) ?? (cause as Error).message;
  const advice = 'name a folder that this user may write to';
  return new StartupError('data_folder_unusable', `${dataDir} cannot be made: ${why}; ${advice}`, { cause });
}

/** Snapshots near a path that are named to who has missed them: the newest. */
const NAMED_MAX = 5;

/** Throws a `Refusal` for a path that is no snapshot at all, not even a broken one: that is no damage, but a slip. */
export function refuseNoSnapshot(path: string): void {
  const isDataFolder = existsSync(join(path, FORMAT_FILE));
  const hasStores = existsSync(join(path, 'catalogue')) || existsSync(join(path, 'shard-0'));
  if (hasStores && !isDataFolder) return;
  const what = isDataFolder ? `${path} is a data folder and no snapshot` : `${path} is no snapshot`;
  const above = dirname(resolve(path));
  const ofSnapshots = [above, dirname(above)].filter((folder) => basename(folder) === 'snapshots');
  const near = [path, snapshotsFolder(path), ...ofSnapshots, snapshotsFolder(above)];
  const found = near.map((folder) => ({ folder, whole: findSnapshots(folder).whole }));
  const { folder, whole } = found.find((one) => one.whole.length > 0) ?? { folder: '', whole: [] };
  const names = whole.slice(-NAMED_MAX).map(({ name }) => join(folder, name));
  const advice =
    names.length === 0
      ? 'snapshots are in the folder snapshots of a data folder, each with its time as its name'
      : `there ${names.length === 1 ? 'is' : 'are'} ${names.join(', ')}`;
  throw new Refusal(`${what}; ${advice}`);
}

async function copyStore(
  from: string,
  to: string,
  files: readonly Pick<SnapshotFile, 'name'>[],
): Promise<void> {
  await makeFolderDurably(to);
  await copyFiles(from, to, files);
}
