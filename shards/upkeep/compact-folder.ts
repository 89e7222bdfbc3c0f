import { StartupError } from '../../metrics/process/startup-error.js';
import { storedPosition } from '../graph/interactions/interaction-pages.js';
import { cutJournal } from '../store/compaction/cut-journal.js';
import { dropJournal, type DroppedJournal } from '../store/compaction/drop-journal.js';
import type { JournalNeed, KeptJournal } from '../store/compaction/journal-needs.js';
import { snapshotNeeds } from '../store/compaction/snapshot-needs.js';
import { checkDataFolder, shardFolder, snapshotsFolder } from '../store/data-folder.js';
import { inspectStores } from '../store/inspection/inspect-stores.js';
import { journalFolder } from '../store/journal-file/journal-folder.js';
import { openLmdbStore } from '../store/lmdb/lmdb-store.js';
import { storeBytes } from '../store/snapshot/store-files.js';
import type { ShardStore } from '../store/store.js';
import { rewriteTables } from '../store/compaction/rewrite-tables.js';
import { wipeFolder, type WipedFolder } from './wipe-folder.js';

/** What of a folder is to stay. */
export interface CompactPlan {
  readonly kept: KeptJournal;
  /** Tag of the model that the next start serves: it makes states of any other anew from the whole journal. */
  readonly servedTag: number;
  /** Takes every byte of users who were erased out of the folder, and deletes the snapshots that have them (`wipeFolder`). */
  readonly wipesErased: boolean;
}

/** What became of a folder. */
export interface CompactedFolder {
  readonly wiped: WipedFolder | undefined;
  readonly stores: readonly CompactedStore[];
}

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
 */
export async function compactFolder(dataDir: string, plan: CompactPlan): Promise<CompactedFolder> {
  const shards = checkDataFolder(dataDir)?.shards ?? 0;
  await refuseDamaged(dataDir, shards);
  const wiped = plan.wipesErased ? await wipeFolder(dataDir, shards) : undefined;
  const stores: CompactedStore[] = [];
  for (let shard = 0; shard < shards; shard++) stores.push(await compactStore(dataDir, shard, plan));
  return { wiped, stores };
}

async function compactStore(
  dataDir: string,
  shard: number,
  { kept, servedTag }: CompactPlan,
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
