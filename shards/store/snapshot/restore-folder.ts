import { existsSync, readdirSync } from 'node:fs';
import { copyFile, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import {
  makeFolderDurably,
  renameDurably,
  syncFile,
  syncFolder,
  writeFileDurably,
} from '../../../metrics/process/durable-files.js';
import { DiskSpace } from '../../../metrics/process/disk-space.js';
import { WARM_MARKER, writeDataFolder } from '../data-folder.js';
import { LMDB_FILE } from '../lmdb/commits/lmdb-file.js';
import { checkWholeSnapshot, formatOf, verifyWholeSnapshot } from './whole-snapshot.js';

/**
 * Makes `dataDir` a data folder with the content of a whole snapshot, after reading all of that. Resolves with the number of its
 * shards. Rejects with what is broken, or when the folder exists and is not empty; nothing is left of it then.
 */
export async function restoreFolder(snapshot: string, dataDir: string): Promise<number> {
  const problems = await verifyWholeSnapshot(snapshot);
  const whole = checkWholeSnapshot(snapshot);
  if (problems.length > 0 || typeof whole === 'string')
    throw new Error(`the snapshot ${snapshot} is broken, and nothing was made of it: ${problems.join('; ')}`);
  if (existsSync(dataDir) && readdirSync(dataDir).length > 0)
    throw new Error(`${dataDir} is not empty: name a folder that does not exist`);
  const { createdAt, shards, bytes } = whole;
  const space = new DiskSpace(dataDir);
  if (!space.hasRoomFor(bytes)) throw space.fullError();
  const partial = join(dirname(resolve(dataDir)), `.${basename(resolve(dataDir))}.partial`);
  await rm(partial, { recursive: true, force: true });
  try {
    for (const store of ['catalogue', ...shards.map(({ shard }) => `shard-${shard}`)])
      await copyStore(join(snapshot, store), join(partial, store));
    await writeFileDurably(join(partial, WARM_MARKER), '');
    await writeDataFolder(partial, { format: formatOf(snapshot), shards: shards.length, createdAt });
    await rm(dataDir, { recursive: true, force: true });
    await renameDurably(partial, resolve(dataDir));
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw error;
  }
  return shards.length;
}

async function copyStore(from: string, to: string): Promise<void> {
  await makeFolderDurably(to);
  await copyFile(join(from, LMDB_FILE), join(to, LMDB_FILE));
  await syncFile(join(to, LMDB_FILE));
  await syncFolder(to);
}
