import type { JournalEntry } from '../store/journal-entry.js';
import type { JournalRecord } from '../store/journal.js';
import { decodeRecord, LaterVersionError } from '../store/journal-record.js';
import type { ShardStore } from '../store/store.js';
import { keyOfOldName } from '../store/user-key.js';
import type { Quarantine } from './quarantine.js';

/** The entries of one journal record, oldest first; `position` is that of the first. */
export interface ReadRecord {
  readonly position: number;
  readonly entries: readonly JournalEntry[];
  /** The store's; see `ShardStore`. */
  readonly bytes: Uint8Array;
}

/**
 * The journal's records that hold entries at or after `position`, oldest first. One that cannot be read is set aside and left
 * out: positions have a gap there. Throws a `LaterVersionError` for one that a later version of this program reads.
 */
export function* readRecords(
  store: Pick<ShardStore, 'journal' | 'alias'>,
  quarantine: Pick<Quarantine, 'take'>,
  position: number,
): Generator<ReadRecord> {
  const keyOf = (user: string) => keyOfOldName(store, user);
  for (const record of store.journal.from(position)) {
    const entries = decodeOrSetAside(record, keyOf, quarantine);
    if (entries !== undefined) yield { position: record.position, entries, bytes: record.bytes };
  }
}

function decodeOrSetAside(
  { position, count, bytes }: JournalRecord,
  keyOf: (user: string) => string,
  quarantine: Pick<Quarantine, 'take'>,
): JournalEntry[] | undefined {
  try {
    return decodeRecord(bytes, keyOf);
  } catch (error) {
    if (error instanceof LaterVersionError) throw error;
    const reason =
      bytes.length === 0
        ? `${count} entries from ${position} on were lost on their way here`
        : (error as Error).message;
    quarantine.take({ kind: 'journal', names: [String(position)], reason, bytes: new Uint8Array(bytes) });
    return undefined;
  }
}
