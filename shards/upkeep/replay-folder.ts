import { join } from 'node:path';
import type { SharedCatalogue } from '../../model/catalogue/shared-catalogue.js';
import { removeLockFile } from '../store/lmdb/commits/lmdb-environment.js';
import { readLmdbStore } from '../store/lmdb/lmdb-store.js';
import { loadScorer, type PostedModel } from '../wire/posted-model.js';
import type { ShardTuning } from '../wire/worker-data.js';
import { checkReplay, type ReplayReport } from '../replay/check-replay.js';

/** With what stores are replayed. */
export interface FolderModel {
  readonly catalogue: SharedCatalogue;
  /** Its vectors are this process's own. */
  readonly model: PostedModel;
  readonly tuning: Pick<ShardTuning, 'sessionGapMs' | 'interestHalfLifeMs'>;
}

/** What a replay of the journal of one store says of its rows. */
export interface ReplayedStore extends ReplayReport {
  readonly folder: string;
}

/**
 * Replays the journal of each shard of a data folder, or of a snapshot, and compares all users (`checkReplay`); nothing is changed.
 * Rejects when the states are those of another model.
 */
export async function replayFolder(
  path: string,
  shards: number,
  { catalogue, model, tuning }: FolderModel,
): Promise<ReplayedStore[]> {
  const reports: ReplayedStore[] = [];
  const scorer = await loadScorer(model);
  try {
    for (let shard = 0; shard < shards; shard++) {
      const folder = join(path, `shard-${shard}`);
      const store = await readLmdbStore(folder);
      try {
        const tagged = { tag: model.tag, scorer, vectors: model.vectors };
        reports.push({ folder, ...(await checkReplay(store, { catalogue, model: tagged, tuning })) });
      } finally {
        await store.close();
      }
    }
  } finally {
    scorer.close();
  }
  return reports;
}

/** Takes away what reading the stores of a snapshot has left in it. */
export async function leaveAsFound(snapshot: string, shards: number): Promise<void> {
  const stores = ['catalogue', ...Array.from({ length: shards }, (_, shard) => `shard-${shard}`)];
  for (const store of stores) await removeLockFile(join(snapshot, store));
}
