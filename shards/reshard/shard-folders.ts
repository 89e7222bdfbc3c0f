import { existsSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolderDurably, renameDurably, syncFolder } from '../../metrics/process/durable-files.js';
import { checkDataFolder, shardFolder, writeDataFolder, type DataFolder } from '../store/data-folder.js';
import { openLmdbStore } from '../store/lmdb/lmdb-store.js';
import type { ShardStore } from '../store/store.js';

/** The stores of a data folder while no shard runs. What resolves is on the disk. */
export interface ShardFolders {
  /** What the folder says of itself. */
  read(): DataFolder;
  /** Replaces that, wholly or not at all. */
  write(folder: DataFolder): Promise<void>;
  /** Numbers of the shards that have a store, ascending. */
  numbers(): number[];
  /** Opens the store of a shard, or makes it. The caller closes it. */
  open(shard: number): Promise<ShardStore>;
  /** Takes the store of a shard away, which is closed. `hasJournal` keeps it in `retired/`; without, nothing of value is in it. */
  retire(shard: number, hasJournal: boolean): Promise<void>;
}

/** The folders of `dataDir`; `now` gives the time that names a retired store. */
export function shardFoldersOf(dataDir: string, now: () => Date): ShardFolders {
  return {
    read: () => {
      const folder = checkDataFolder(dataDir);
      if (folder === undefined) throw new Error(`${dataDir} is not a data folder yet`);
      return folder;
    },
    write: (folder) => writeDataFolder(dataDir, folder),
    numbers: () =>
      readdirSync(dataDir)
        .flatMap((name) => /^shard-(\d+)$/.exec(name)?.slice(1) ?? [])
        .map(Number)
        .sort((a, b) => a - b),
    open: (shard) => openLmdbStore({ folder: shardFolder(dataDir, shard) }),
    retire: async (shard, hasJournal) => {
      if (hasJournal) await moveToRetired(dataDir, shard, now());
      else await rm(shardFolder(dataDir, shard), { recursive: true, force: true });
      await syncFolder(dataDir);
    },
  };
}

async function moveToRetired(dataDir: string, shard: number, now: Date): Promise<void> {
  const retired = join(dataDir, 'retired');
  await makeFolderDurably(retired);
  const name = join(retired, `shard-${shard}-${now.toISOString().replaceAll(/[:.]/g, '-')}`);
  if (existsSync(name)) throw new Error(`${name} exists already`);
  await renameDurably(shardFolder(dataDir, shard), name);
}
