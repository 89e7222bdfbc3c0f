import type { Journal } from '../journal.js';
import { decodeRecord, recordTime } from '../journal-record.js';

/** When somebody was erased from a shard. */
export interface Erased {
  /** Of the entry that says so. */
  readonly position: number;
  /** Epoch ms of its record; Infinity for one that does not say. */
  readonly atMs: number;
}

/** Users of whom a journal says that they were erased, each with the last time. Records that cannot be read say nothing. */
export function erasedIn(journal: Journal): Map<string, Erased> {
  const erased = new Map<string, Erased>();
  for (const { position, bytes } of journal.from(journal.start))
    for (const [user, place] of erasedOf(bytes))
      erased.set(user, { position: position + place, atMs: recordTime(bytes) ?? Infinity });
  return erased;
}

/** Users and places of their entries in a record. */
function erasedOf(bytes: Uint8Array): [string, number][] {
  try {
    return decodeRecord(bytes).flatMap((entry, place): [string, number][] =>
      entry.entry === 'removed' && entry.isErased === true ? [[entry.user, place]] : [],
    );
  } catch {
    return [];
  }
}
