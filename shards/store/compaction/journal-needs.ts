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

/**
 * Who needs the most of a journal: recovery, users who are to be made anew, and the others who are named: pages of the interaction
 * graph, snapshots, a rebuild.
 */
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
