import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Erased, erasedIn } from '../store/compaction/erased-users.js';
import { type IsWiped, wipeJournal, wipeRecord } from '../store/compaction/wipe-journal.js';
import { shardFolder, snapshotsFolder } from '../store/data-folder.js';
import { journalFolder } from '../store/journal-file/journal-folder.js';
import { openLmdbStore } from '../store/lmdb/lmdb-store.js';
import { wipeRows } from '../store/compaction/wipe-rows.js';
import { removeSnapshots } from '../store/snapshot/whole-snapshot.js';
import { removedRows } from '../store/entries/removed-rows.js';
import { rewriteTables } from '../store/compaction/rewrite-tables.js';

/** What was taken out of a folder. */
export interface WipedFolder {
  /** Users and visitors who were erased since the last time. */
  readonly users: number;
  /** Entries of journals that are `erased` now. */
  readonly entries: number;
  /** Names of snapshots that were deleted. */
  readonly snapshots: readonly string[];
}

/**
 * Takes every byte of users who were erased, and whom no key protected, out of a data folder that nobody has open: out of the journals,
 * those of shards that are gone included, out of the tables and their free pages; snapshots go as a whole, for each has the
 * journals. The folder that
 * it leaves is one that they were never in, but for the places of their entries. Time: about that of reading and writing all stores
 * once.
 *
 * Who was erased say the journals of the shards; so these come last, and after a crash all of it is done again.
 */
export async function wipeFolder(dataDir: string, shards: number): Promise<WipedFolder> {
  const folders = Array.from({ length: shards }, (_, shard) => shardFolder(dataDir, shard));
  const erased: Map<string, Erased>[] = [];
  for (const folder of folders) erased.push(await readErased(folder));
  const lastMs = newestOf(erased);
  if (lastMs.size === 0) return { users: 0, entries: 0, snapshots: [] };
  const snapshots = await removeSnapshots(snapshotsFolder(dataDir));
  let entries = 0;
  const isBefore: IsWiped = (user, _, atMs) => atMs <= (lastMs.get(user) ?? -Infinity);
  for (const folder of retiredIn(dataDir)) {
    await removeUsers(folder, [...lastMs.keys()]);
    entries += await wipeStore(folder, lastMs, isBefore);
  }
  for (const [shard, folder] of folders.entries()) {
    const ofShard = erased[shard];
    const isUpTo: IsWiped = (user, position) => position <= (ofShard.get(user)?.position ?? -1);
    entries += await wipeStore(folder, ofShard, isUpTo);
  }
  return { users: lastMs.size, entries, snapshots };
}

/** Rows that follow from the journal are in the tables when it resolves. */
async function readErased(folder: string): Promise<Map<string, Erased>> {
  const store = await openLmdbStore({ folder });
  try {
    return store.isEncrypted ? new Map() : erasedIn(store.journal);
  } finally {
    await store.close();
  }
}

/** The store of a shard that is gone has the rows of its last day: nobody has told it who was erased since. */
async function removeUsers(folder: string, users: readonly string[]): Promise<void> {
  const store = await openLmdbStore({ folder });
  try {
    await store.commit(removedRows(users));
  } finally {
    await store.close();
  }
}

async function wipeStore(
  folder: string,
  users: { readonly has: (user: string) => boolean },
  isWiped: IsWiped,
): Promise<number> {
  await wipeRows(
    folder,
    (user) => users.has(user),
    (bytes, position) => wipeRecord(bytes, position, isWiped)?.bytes,
  );
  await rewriteTables(folder);
  return wipeJournal(journalFolder(folder), isWiped);
}

/** When each was erased last, on any shard, epoch ms. */
function newestOf(erased: readonly Map<string, Erased>[]): Map<string, number> {
  const newest = new Map<string, number>();
  for (const users of erased)
    for (const [user, { atMs }] of users) newest.set(user, Math.max(atMs, newest.get(user) ?? -Infinity));
  return newest;
}

/** Stores of shards that are gone, whose journals are kept. */
function retiredIn(dataDir: string): string[] {
  const folder = join(dataDir, 'retired');
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
}
