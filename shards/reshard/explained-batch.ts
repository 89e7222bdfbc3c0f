import { positionWrite, storedPosition } from '../graph/interactions/interaction-pages.js';
import type { JournalEntry } from '../store/journal-entry.js';
import { encodeRecord } from '../store/journal-record.js';
import type { CommitBatch, ShardStore } from '../store/store.js';

/**
 * A batch for a store that no shard runs on, with the entries that explain its rows. Where states, or pages of the interaction
 * graph, contain the whole journal they contain it afterwards, since the rows of the batch say what its entries say.
 *
 * @param atMs when that is, epoch ms
 */
export function explainedBatch(
  store: ShardStore,
  batch: Omit<CommitBatch, 'journal' | 'checkpoint'>,
  entries: readonly JournalEntry[],
  atMs?: number,
): CommitBatch {
  if (entries.length === 0) return batch;
  const from = store.journal.end;
  const to = from + entries.length;
  return {
    ...batch,
    journal: { count: entries.length, bytes: encodeRecord(entries, atMs) },
    ...(store.checkpoint === from && { checkpoint: to }),
    ...(storedPosition(store) === from && { blobs: [...(batch.blobs ?? []), positionWrite(to)] }),
  };
}
