import { sessionOfEntry } from '../store/journal-entry.js';
import type { ShardStore } from '../store/store.js';
import { readRecords } from './read-records.js';
import type { Quarantine } from './quarantine.js';

/** Newest entries of the journal that are looked through for a session whose row is lost; 30 ms or so. */
const SCANNED_ENTRIES = 20_000;

/**
 * The last `seq` of a session, 0 for one that never had an event. When its row is damaged it is looked for in the newest part of
 * the journal; the next recovery looks through all of it.
 */
export function lastSeq(
  store: ShardStore,
  quarantine: Quarantine,
  userId: string,
  sessionId: string,
): number {
  const seq = store.sessionSeq(userId, sessionId);
  if (seq !== undefined || !quarantine.isOwed(userId)) return seq ?? 0;
  let last = 0;
  for (const { entries } of readRecords(store, quarantine, Math.max(0, store.journal.end - SCANNED_ENTRIES)))
    for (const entry of entries) {
      if (entry.entry === 'removed' && entry.user === userId) last = 0;
      const session = sessionOfEntry(entry);
      if (session?.userId === userId && session.sessionId === sessionId) last = Math.max(last, session.seq);
    }
  return last;
}
