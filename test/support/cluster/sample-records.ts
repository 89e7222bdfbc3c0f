import { encodeRecord } from '../../../shards/store/journal-record.js';
import type { JournalRecord } from '../../../shards/store/journal.js';

/** A record of `count` entries at `position`, that tells its position and whose it is. */
export function sampleRecord(position: number, count = 1, user = 'ann'): JournalRecord {
  const entries = Array.from({ length: count }, (_, i) => ({
    entry: 'session' as const,
    user,
    session: 's',
    seq: position + i,
  }));
  return { position, count, bytes: Uint8Array.from(encodeRecord(entries, 1_700_000_000_000)) };
}
