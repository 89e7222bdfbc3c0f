import { statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { renameDurably } from '../../metrics/process/durable-files.js';
import { StartupError } from '../../metrics/process/startup-error.js';
import { storedPosition } from '../graph/interactions/interaction-pages.js';
import { dropJournal, type DroppedJournal } from '../store/compaction/drop-journal.js';
import { planDrop, type JournalNeed, type KeptJournal } from '../store/compaction/drop-plan.js';
import { snapshotNeeds } from '../store/compaction/snapshot-needs.js';
import { checkDataFolder, shardFolder, snapshotsFolder } from '../store/data-folder.js';
import { inspectStores } from '../store/inspection/inspect-stores.js';
import { LMDB_FILE } from '../store/lmdb/commits/lmdb-file.js';
import { openLmdbStore } from '../store/lmdb/lmdb-store.js';
import type { ShardStore } from '../store/store.js';

/** What became of one shard's store. */
export interface CompactedStore extends DroppedJournal {
  readonly shard: number;
  /** Why no more went of what is beyond the bounds. */
  readonly heldBy: string | undefined;
  /** Of its file, before and after. */
  readonly bytes: number;
  readonly bytesAfter: number;
}

/**
 * Drops what is beyond the bounds of each journal of a data folder that no gateway has, unless it is needed, and writes the files
 * anew without the room that has become free. A crash leaves each file as it was or as it is to be.
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
  const path = join(folder, LMDB_FILE);
  const bytes = statSync(path).size;
  const copy = join(folder, 'compacted');
  await rm(copy, { recursive: true, force: true });
  const store = await openLmdbStore({ folder });
  let plan;
  let dropped;
  try {
    const needs = [...needsOf(store, servedTag), ...(await snapshotNeeds(snapshotsFolder(dataDir), shard))];
    plan = planDrop(store, kept, needs);
    dropped = await dropJournal(store, plan.before);
    await store.copyTo(copy);
  } finally {
    await store.close();
  }
  await renameDurably(join(copy, LMDB_FILE), path);
  await rm(copy, { recursive: true });
  return { shard, ...dropped, heldBy: plan.heldBy, bytes, bytesAfter: statSync(path).size };
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
  for (const { folder, problem } of await inspectStores(folders, true))
    if (problem !== undefined)
      throw new StartupError(
        'store_unreadable',
        `The store in ${folder} is damaged: ${problem}. Nothing was changed; restore a snapshot first.`,
      );
}
