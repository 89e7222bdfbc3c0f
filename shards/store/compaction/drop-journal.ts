import type { ShardStore } from '../store.js';

/** What went of a journal. */
export interface DroppedJournal {
  /** Position of the first entry before and after. */
  readonly from: number;
  readonly to: number;
}

/**
 * Drops the records of a journal that end at or before a position, a bounded number in each commit, one after the other; resolves
 * when that is on the disk. `rest` is waited for between two of them.
 */
export async function dropJournal(
  store: ShardStore,
  before: number,
  rest: () => Promise<void> = () => Promise.resolve(),
): Promise<DroppedJournal> {
  const from = store.journal.start;
  for (;;) {
    const start = store.journal.start;
    if (start >= before) break;
    await store.commit({ dropBefore: before });
    if (store.journal.start === start) break;
    await rest();
  }
  return { from, to: store.journal.start };
}
