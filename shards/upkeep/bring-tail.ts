import { shardFolder } from '../store/data-folder.js';
import { openLmdbStore, readLmdbStore } from '../store/lmdb/lmdb-store.js';
import { restoredFolder } from './folder-switch.js';
import { lastTime, tailProblem, takeTail, type TakenTail } from './journal-tail.js';
import { Refusal } from './refusal.js';

/**
 * Appends to a shard's store in `restoredFolder`, which is a copy of a snapshot, what the journal of the data folder has after it, up to
 * a time (epoch ms). Rejects with `Refusal` when the two are not of one history, or the snapshot is of a later time.
 */
export async function bringTail(dataDir: string, shard: number, untilMs: number): Promise<TakenTail> {
  const from = shardFolder(dataDir, shard);
  const target = await openLmdbStore({ folder: shardFolder(restoredFolder(dataDir), shard) });
  try {
    const source = await readLmdbStore(from);
    try {
      const problem = tailProblem(target, source);
      if (problem !== undefined)
        throw new Refusal(
          `the store in ${from} ${problem}; restore the snapshot alone with --without-journal, or another one`,
        );
      const madeMs = lastTime(target);
      if (madeMs !== undefined && madeMs > untilMs)
        throw new Refusal(
          `the snapshot holds what came up to ${new Date(madeMs).toISOString()}, after the time asked for: name an older one with --snapshot`,
        );
      return await takeTail(target, source, untilMs);
    } finally {
      await source.close();
    }
  } finally {
    await target.close();
  }
}
