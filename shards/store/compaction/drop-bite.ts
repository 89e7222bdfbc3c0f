import type { JournalPiece } from '../journal.js';
import { recordTime } from '../journal-record.js';
import type { ShardStore } from '../store.js';
import { firstNeed, type JournalNeed, type KeptJournal } from './journal-needs.js';

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

/** What is asked of a journal: what is to be kept of it, and who needs more. */
interface Bounds {
  readonly kept: KeptJournal;
  readonly needs: readonly JournalNeed[];
  /** More is not looked at. */
  readonly pieces: number;
  readonly bytes: number;
}

/**
 * The next bite of what is beyond the bounds and nobody needs, in whole pieces of the journal: one that somebody needs a part of stays,
 * and so does one that is partly within the bounds of age. The last record always stays. Looks at no more than the first pieces,
 * however long the journal is. Size is what the journal takes on the disk (`Journal.bytes`), so it is to be called when the last bite
 * is durable.
 */
export function nextDrop(store: ShardStore, kept: KeptJournal, needs: readonly JournalNeed[]): DropBite {
  return oldest(store, store.journal.pieces(), { kept, needs, pieces: BITE_PIECES, bytes: BITE_BYTES });
}

/** The same of all of its records one by one: for a journal that nobody has open, whose pieces can be cut. Reads what may go. */
export function recordsBeyond(store: ShardStore, kept: KeptJournal, needs: readonly JournalNeed[]): DropBite {
  return oldest(store, recordPieces(store), { kept, needs, pieces: Infinity, bytes: Infinity });
}

function oldest(store: ShardStore, pieces: Iterable<JournalPiece>, bounds: Bounds): DropBite {
  const { kept } = bounds;
  const { journal } = store;
  const need = firstNeed(store, bounds.needs);
  let done = { before: journal.start, pieces: 0, entries: 0, bytes: 0 };
  /** With pieces whose age is that of a later one. */
  let seen = done;
  for (const { end, bytes, newest } of pieces) {
    if (done.pieces > 0 && (seen.pieces >= bounds.pieces || seen.bytes + bytes > bounds.bytes)) break;
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

/** The records of a journal as pieces; the last one as well, for whoever needs it is to be named. */
function* recordPieces({ journal }: ShardStore): Generator<JournalPiece> {
  for (const { position, count, bytes } of journal.from(journal.start))
    yield { end: position + count, bytes: bytes.length, newest: () => bytes };
}

/** When a record was committed, epoch ms; undefined when it does not say so, or cannot be read. */
function timeOf(bytes: Uint8Array): number | undefined {
  try {
    return recordTime(bytes);
  } catch {
    return undefined;
  }
}
