import { decodeRecord, type JournalEvent } from '../store/journal-record.js';
import type { ShardStore } from '../store/store.js';
import { keyOfOldName } from '../store/user-key.js';
import type { Quarantine } from './quarantine.js';

/** The events of one journal record, oldest first; `position` is that of the first. */
export interface ReadRecord {
  readonly position: number;
  readonly events: readonly JournalEvent[];
  /** The store's; see `ShardStore`. */
  readonly bytes: Uint8Array;
}

/**
 * The journal's records that hold events at or after `position`, oldest first. One that cannot be read is set aside and left
 * out: positions have a gap there.
 */
export function* readRecords(
  store: Pick<ShardStore, 'journal' | 'alias'>,
  quarantine: Pick<Quarantine, 'take'>,
  position: number,
): Generator<ReadRecord> {
  const keyOf = (user: string) => keyOfOldName(store, user);
  for (const record of store.journal(position)) {
    const events = decodeOrSetAside(record, keyOf, quarantine);
    if (events !== undefined) yield { position: record.position, events, bytes: record.bytes };
  }
}

function decodeOrSetAside(
  { position, bytes }: { readonly position: number; readonly bytes: Uint8Array },
  keyOf: (user: string) => string,
  quarantine: Pick<Quarantine, 'take'>,
): JournalEvent[] | undefined {
  try {
    return decodeRecord(bytes, keyOf);
  } catch (error) {
    const reason = (error as Error).message;
    quarantine.take({ kind: 'journal', names: [String(position)], reason, bytes: new Uint8Array(bytes) });
    return undefined;
  }
}
