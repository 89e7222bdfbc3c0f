import type { ShardStore } from '../store.js';
import { firstNeed, timeOf, type JournalNeed, type KeptJournal } from './drop-plan.js';

/** Pieces dropped in one bite: of records of their own 0.6 ms to choose them and 0.2 ms to hand the removal over. */
export const BITE_PIECES = 64;
/** No more goes in one bite, but for one piece. */
export const BITE_BYTES = 32 * 1024 * 1024;

/** What may go next, oldest first. */
export interface DropBite {
  /** What ends at or before this position. */
  readonly before: number;
  readonly pieces: number;
  readonly entries: number;
  readonly bytes: number;
  /** Who needs the first piece that is beyond the bounds and stays; undefined when none does. */
  readonly heldBy: string | undefined;
}

/**
 * The next bite of what `planDrop` would let go, in whole pieces of the journal: one that somebody needs a part of stays, and so does one that
 * is partly within the bounds of age. Looks at no more than the first pieces, however long the journal is. Size is what
 * the journal takes on the disk (`Journal.bytes`), so it is to be called when the last bite is durable.
 */
export function nextDrop(store: ShardStore, kept: KeptJournal, needs: readonly JournalNeed[]): DropBite {
  const { journal } = store;
  const need = firstNeed(store, needs);
  let done = { before: journal.start, pieces: 0, entries: 0, bytes: 0 };
  /** With pieces whose age is that of a later one. */
  let seen = done;
  for (const { end, bytes, newest } of journal.pieces()) {
    if (done.pieces > 0 && (seen.pieces >= BITE_PIECES || seen.bytes + bytes > BITE_BYTES)) break;
    const isTooMuch = kept.bytes !== undefined && journal.bytes - seen.bytes > kept.bytes;
    // One without a time goes with the next one that has one.
    const isOld = isTooMuch ? true : isOlder(newest, kept.sinceMs);
    if (isOld === false) break;
    if (end > need.position) return { ...done, heldBy: isOld ? need.by : undefined };
    seen = {
      before: end,
      pieces: seen.pieces + 1,
      entries: end - journal.start,
      bytes: seen.bytes + bytes,
    };
    if (isOld) done = seen;
  }
  return { ...done, heldBy: undefined };
}

/** Undefined for a piece that does not say when it was. */
function isOlder(newest: () => Uint8Array | undefined, sinceMs: number | undefined): boolean | undefined {
  if (sinceMs === undefined) return false;
  const bytes = newest();
  const atMs = bytes && timeOf(bytes);
  return atMs === undefined ? undefined : atMs < sinceMs;
}
