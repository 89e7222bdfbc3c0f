import type { ShardStore } from '../store.js';
import { nextDrop, recordsBeyond } from './drop-bite.js';
import type { JournalNeed, KeptJournal } from './journal-needs.js';

/** What went of a journal, and what may go besides where a piece of it can be cut. */
export interface DroppedJournal {
  /** Position of the first entry before and after. */
  readonly from: number;
  readonly to: number;
  /** Records that end at or before this position are beyond the bounds, and nobody needs them. */
  readonly before: number;
  /** Why not more of what is beyond the bounds. */
  readonly heldBy: string | undefined;
}

/**
 * Drops all of a journal that may go, bite after bite (`nextDrop`), each on the disk before the next; then looks at the records of
 * what stays, for pieces go as a whole only.
 */
export async function dropJournal(
  store: ShardStore,
  kept: KeptJournal,
  needs: readonly JournalNeed[],
): Promise<DroppedJournal> {
  const from = store.journal.start;
  for (;;) {
    const { start } = store.journal;
    const { before, pieces } = nextDrop(store, kept, needs);
    if (pieces === 0) break;
    await store.commit({ dropBefore: before });
    if (store.journal.start === start) break;
  }
  const { before, heldBy } = recordsBeyond(store, kept, needs);
  return { from, to: store.journal.start, before, heldBy };
}
