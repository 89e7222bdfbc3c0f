import type { Journal, JournalRecord } from '../journal.js';
import { encodeRecord } from '../journal-record.js';
import { openRecord } from './sealed-record.js';
import type { UserKeys } from './keys/user-keys.js';

/** A journal of sealed records, as one whose records can be read. */
export function openedJournal(inner: Journal, keys: UserKeys): Journal {
  return {
    get start() {
      return inner.start;
    },
    get end() {
      return inner.end;
    },
    get bytes() {
      return inner.bytes;
    },
    pieces: () => inner.pieces(),
    from: (position) => openedRecords(inner.from(position), keys),
  };
}

function* openedRecords(records: Iterable<JournalRecord>, keys: UserKeys): Generator<JournalRecord> {
  for (const record of records) yield { ...record, bytes: openedBytes(record.bytes, keys) };
}

/** A sealed record as one that can be read. Bytes that are no record are given as they are: whoever reads them says so. */
export function openedBytes(bytes: Uint8Array, keys: UserKeys): Uint8Array {
  try {
    const opened = openRecord(bytes, keys);
    return opened === undefined ? bytes : encodeRecord(opened.entries, opened.atMs);
  } catch {
    return bytes;
  }
}
