import { recordTime } from '../journal-record.js';
import type { ShardStore } from '../store.js';

/** How much of a journal is kept; absent members bound nothing. What is beyond one of them may go. */
export interface KeptJournal {
  /** Records of this time and later ones stay, epoch ms. */
  readonly sinceMs?: number;
  /** The newest records of so many bytes stay. */
  readonly bytes?: number;
}

/** Somebody who still reads a journal from a position on. */
export interface JournalNeed {
  readonly position: number;
  /** Who, as in "is needed by …". */
  readonly by: string;
}

/** Records that may go: those that end at or before `before`. */
export interface DropPlan {
  readonly before: number;
  /** Why not more of what is beyond the bounds. */
  readonly heldBy: string | undefined;
}

/**
 * Up to where the records of a journal are beyond what is to be kept of it, and nobody needs them. The last record always stays.
 * Needed in any case are those from the checkpoint on, and all of them while somebody is to be made anew from them; `needs` names
 * the others: pages of the interaction graph, snapshots, a rebuild.
 */
export function planDrop(store: ShardStore, kept: KeptJournal, needs: readonly JournalNeed[]): DropPlan {
  const beyond = Math.max(positionBySize(store, kept.bytes), positionByTime(store, kept.sinceMs));
  const first = firstNeed(store, needs);
  return first.position < beyond
    ? { before: first.position, heldBy: first.by }
    : { before: beyond, heldBy: undefined };
}

/** Who needs the most of a journal: recovery, users who are to be made anew, and the others who are named. */
export function firstNeed(store: ShardStore, needs: readonly JournalNeed[]): JournalNeed {
  const all = [...needs, { position: store.checkpoint, by: 'recovery' }, ...owedUsers(store)];
  return all.reduce((least, need) => (need.position < least.position ? need : least));
}

/** Only the whole journal makes them anew. */
function owedUsers(store: ShardStore): JournalNeed[] {
  for (const { isOwed } of store.setAside())
    if (isOwed) return [{ position: 0, by: 'users who are to be made anew at the next start' }];
  return [];
}

/** Records without a time are as old as the next one that has one. */
function positionByTime(store: ShardStore, sinceMs: number | undefined): number {
  let before = 0;
  if (sinceMs === undefined) return before;
  for (const { position, count, bytes } of store.journal.from(0)) {
    const atMs = timeOf(bytes);
    if (atMs === undefined) continue;
    if (atMs >= sinceMs) return before;
    before = position + count;
  }
  return before;
}

/** When a record was committed, epoch ms; undefined when it does not say so, or cannot be read. */
export function timeOf(bytes: Uint8Array): number | undefined {
  try {
    return recordTime(bytes);
  } catch {
    return undefined;
  }
}

function positionBySize(store: ShardStore, bytesMax: number | undefined): number {
  if (bytesMax === undefined) return 0;
  let bytesLeft = 0;
  for (const { bytes } of store.journal.from(0)) bytesLeft += bytes.length;
  let before = 0;
  for (const { position, count, bytes } of store.journal.from(0)) {
    if (bytesLeft <= bytesMax) return before;
    bytesLeft -= bytes.length;
    before = position + count;
  }
  return before;
}
