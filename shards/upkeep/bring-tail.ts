import { shardFolder } from '../store/data-folder.js';
import { openLmdbStore, readLmdbStore } from '../store/lmdb/lmdb-store.js';
import type { ShardStore } from '../store/store.js';
import { restoredFolder } from './folder-switch.js';
import { journalAlone } from './journal-alone.js';
import { lastTime, tailProblem, takeTail, type TailSource, type TakenTail } from './journal-tail.js';
import { Refusal } from '../store/snapshot/refusal.js';

/**
 * Appends to a shard's store in `restoredFolder`, which is a copy of a snapshot, what the journal of the data folder has after it, up to
 * a time (epoch ms). Rejects with `Refusal` when the two are not of one history, or the snapshot is of a later time.
 */
export async function bringTail(
  dataDir: string,
  shard: number,
  { untilMs, isAlone }: TailWanted,
): Promise<TakenTail> {
  const from = shardFolder(dataDir, shard);
  const target = await openLmdbStore({ folder: shardFolder(restoredFolder(dataDir), shard) });
  try {
    if (isAlone) return await takeFrom(target, journalAlone(from), from, untilMs);
    const source = await readLmdbStore(from);
    try {
      return await takeFrom(target, source, from, untilMs);
    } finally {
      await source.close();
    }
  } finally {
    await target.close();
  }
}

/** What is taken of a journal. */
export interface TailWanted {
  readonly untilMs: number;
  /** True: the tables beside it cannot be read, so nobody may open them. */
  readonly isAlone: boolean;
}

function takeFrom(target: ShardStore, source: TailSource, from: string, untilMs: number): Promise<TakenTail> {
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
  return takeTail(target, source, untilMs);
}
