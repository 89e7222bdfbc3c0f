import { Packr, Unpackr } from 'msgpackr';
import { type JournalEntry, userOfEntry } from '../journal-entry.js';
import {
  entryOf,
  isSealedRecord,
  rowOf,
  sealedParts,
  sealedRecord,
  type SealedPart,
} from '../journal-record.js';
import { openBytes, sealBytes } from './keys/user-cipher.js';
import type { UserKeys } from './keys/user-keys.js';

const packr = new Packr({ useRecords: false });
const unpackr = new Unpackr({ useRecords: false });

/** An entry that cannot be read any more. */
const ERASED: JournalEntry = { entry: 'erased' };

/**
 * A record in which what each user did is encrypted under their key, all of it of one record at once: a click costs one call of the cipher
 * for each user of a commit. What is of the whole shard can be read. Whose a part is says their pseudonym.
 */
export function sealRecord(
  entries: readonly JournalEntry[],
  atMs: number | undefined,
  keys: UserKeys,
): Uint8Array {
  const parts: SealedPart[] = [];
  for (const [user, rows] of byUser(entries)) {
    const bytes = packr.pack(rows);
    if (user === '') parts.push({ pseudonym: '', bytes });
    else {
      const { pseudonym, key } = keys.keyed(user, atMs ?? 0);
      parts.push({ pseudonym, bytes: sealBytes(key, keys.nonces.next(), bytes) });
    }
  }
  return sealedRecord(entries.length, atMs, parts);
}

/** Rows of a record by their user; '' for what is of the whole shard. A row is the entry's place in the record, and the entry. */
function byUser(entries: readonly JournalEntry[]): Map<string, unknown[]> {
  const parts = new Map<string, unknown[]>();
  for (let i = 0; i < entries.length; i++) {
    const user = userOfEntry(entries[i]) ?? '';
    const rows = parts.get(user);
    if (rows === undefined) parts.set(user, [[i, rowOf(entries[i])]]);
    else rows.push([i, rowOf(entries[i])]);
  }
  return parts;
}

/**
 * Entries of a record that `sealRecord` made, in their places; those of whom there is no key are `erased`. Undefined for a record that is
 * not sealed. Throws as `decodeRecord`.
 */
export function openRecord(
  bytes: Uint8Array,
  keys: UserKeys,
): { readonly entries: JournalEntry[]; readonly atMs: number | undefined } | undefined {
  if (!isSealedRecord(bytes)) return undefined;
  const { count, atMs, parts } = sealedParts(bytes);
  const entries: JournalEntry[] = Array.from({ length: count }, () => ERASED);
  for (const part of parts) {
    const text = part.pseudonym === '' ? part.bytes : opened(part, keys);
    if (text === undefined) continue;
    for (const [place, row] of unpackr.unpack(text) as [number, unknown[]][]) entries[place] = entryOf(row);
  }
  return { entries, atMs };
}

function opened({ pseudonym, bytes }: SealedPart, keys: UserKeys): Uint8Array | undefined {
  const holder = keys.holder(pseudonym);
  return holder && openBytes(holder.key, bytes);
}
