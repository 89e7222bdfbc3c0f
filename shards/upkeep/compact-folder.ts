import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { renameDurably } from '../../metrics/process/durable-files.js';
import { StartupError } from '../../metrics/process/startup-error.js';
import { storedPosition } from '../graph/interactions/interaction-pages.js';
import { cutJournal } from '../store/compaction/cut-journal.js';
import { dropJournal, type DroppedJournal } from '../store/compaction/drop-journal.js';
import type { JournalNeed, KeptJournal } from '../store/compaction/journal-needs.js';
import { snapshotNeeds } from '../store/compaction/snapshot-needs.js';
import { checkDataFolder, shardFolder, snapshotsFolder } from '../store/data-folder.js';
import { inspectStores } from '../store/inspection/inspect-stores.js';
import { journalFolder } from '../store/journal-file/journal-folder.js';
import { LMDB_FILE } from '../store/lmdb/commits/lmdb-file.js';
import { LmdbEnvironment } from '../store/lmdb/lmdb-environment.js';
import { openLmdbStore } from '../store/lmdb/lmdb-store.js';
import { storeBytes } from '../store/snapshot/store-files.js';
import type { ShardStore } from '../store/store.js';

/** What became of one shard's store. */
export interface CompactedStore extends Omit<DroppedJournal, 'before'> {
  readonly shard: number;
  /** Of its files, before and after. */
  readonly bytes: number;
  readonly bytesAfter: number;
}

/**
 * Drops what is beyond the bounds of each journal of a data folder that no gateway has, unless it is needed, and writes the files of
 * the tables anew without the room that has become free. A crash leaves each file as it was or as it is to be.
 *
 * @param servedTag tag of the model that the next start serves: it makes states of any other anew from the whole journal
 */
export async function compactFolder(
  dataDir: string,
  kept: KeptJournal,
  servedTag: number,
): Promise<CompactedStore[]> {
  const shards = checkDataFolder(dataDir)?.shards ?? 0;
  await refuseDamaged(dataDir, shards);
  const done: CompactedStore[] = [];
  for (let shard = 0; shard < shards; shard++) done.push(await compactStore(dataDir, shard, kept, servedTag));
  return done;
}

async function compactStore(
  dataDir: string,
  shard: number,
  kept: KeptJournal,
  servedTag: number,
): Promise<CompactedStore> {
  const folder = shardFolder(dataDir, shard);
  const bytes = storeBytes(folder);
  const store = await openLmdbStore({ folder });
  let dropped;
  try {
    const needs = [...needsOf(store, servedTag), ...(await snapshotNeeds(snapshotsFolder(dataDir), shard))];
    dropped = await dropJournal(store, kept, needs);
  } finally {
    await store.close();
  }
  // Whole segments went while it was open; the first one that is needed loses its front.
  const { from, before, heldBy } = dropped;
  const start = dropped.to < before ? await cutJournal(journalFolder(folder), before) : undefined;
  await rewriteTables(folder);
  const to = Math.max(dropped.to, start ?? 0);
  return { shard, from, to, heldBy, bytes, bytesAfter: storeBytes(folder) };
}

/** Writes the file of the tables anew, without the room in it that is free. */
async function rewriteTables(folder: string): Promise<void> {
  const copy = join(folder, 'compacted');
  await rm(copy, { recursive: true, force: true });
  const environment = await LmdbEnvironment.open({ folder });
  try {
    await environment.copyTo(copy);
  } finally {
    await environment.close();
  }
  await renameDurably(join(copy, LMDB_FILE), join(folder, LMDB_FILE));
  await rm(copy, { recursive: true });
}

/** Those who need the journal of a shard's store beside its own recovery, while no shard runs. */
function needsOf(store: ShardStore, servedTag: number): JournalNeed[] {
  const pages = storedPosition(store);
  return [
    ...(pages === undefined ? [] : [{ position: pages, by: 'the pages of the interaction graph' }]),
    ...(store.statesModel === servedTag
      ? []
      : [{ position: 0, by: 'the next start, which makes the states anew for another model' }]),
  ];
}

async function refuseDamaged(dataDir: string, shards: number): Promise<void> {
  const folders = Array.from({ length: shards }, (_, shard) => shardFolder(dataDir, shard));
  for (const { folder, problem, journal } of await inspectStores(folders, true)) {
    const broken = problem ?? (journal && `its journal ${journal.why}`);
    if (broken !== undefined)
      throw new StartupError(
        'store_unreadable',
        `The store in ${folder} is damaged: ${broken}. Nothing was changed; restore a snapshot first.`,
      );
  }
}
