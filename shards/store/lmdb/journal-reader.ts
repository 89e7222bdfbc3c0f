import { existsSync } from 'node:fs';
import type { JournalEvent } from '../journal-entry.js';
import { decodeEvents } from '../journal-record.js';
import { blobKey, nameKey, readBlobKey, readIndex, readName } from '../keys.js';
import { installedRing } from '../vault/keys/installed-ring.js';
import { isPseudonym, UserKeys } from '../vault/keys/user-keys.js';
import { openedBytes } from '../vault/opened-journal.js';
import { openAlias } from '../vault/vault-store.js';
import { LmdbEnvironment } from './commits/lmdb-environment.js';
import { LmdbJournal } from './lmdb-journal.js';
import { SealedTable } from './rows/sealed-table.js';
import { SplitJournal } from './split-journal.js';
import { storedSegments } from '../journal-file/journal-folder.js';
import { LmdbRows } from './rows/lmdb-rows.js';
import type { StoredItem } from '../../../model/catalogue/catalogue-journal.js';

/**
 * Reads stores that a gateway may have open at the same time: nothing is written to them but LMDB's list of readers. What
 * is read is as it was when reading began, and some that came to the journal since; of tables, pages that the gateway frees meanwhile
 * are not used again until it ends, and of the journal's oldest segments one that it drops meanwhile is left out.
 */

/** What the store of a shard is asked for. */
export interface JournalTaker {
  /** Visitors and whom they were merged into, and old names of visitors and their keys; before the events. */
  alias(userId: string, to: string): void;
  /** Who a user of a record of version 1 is (`keyOfOldName`). */
  keyOfOld(user: string): string;
  /** Events in order of their journal; `bytes` is the record that they are from, told once for each record. */
  record(events: readonly JournalEvent[], bytes: Uint8Array): void;
}

/** Rejects with `StartupError` `store_unreadable`. */
export async function readJournal(folder: string, taker: JournalTaker): Promise<void> {
  const environment = await openForReading(folder);
  const ring = installedRing();
  const keys = ring && UserKeys.read(ring, folder);
  try {
    for (const { userId, to } of aliasesOf(environment, keys)) taker.alias(userId, to);
    const older = new LmdbJournal(new SealedTable(environment, 'journal'));
    for (const { bytes } of new SplitJournal(older, storedSegments(folder)).from(0)) {
      const record = keys === undefined ? bytes : openedBytes(bytes, keys);
      const events = decodedOrNothing(record, taker);
      if (events.length > 0) taker.record(events, record);
    }
  } finally {
    await keys?.close();
    await environment.close();
  }
}

/** Visitors and whom they were merged into; of those that are encrypted, those that have a key. */
function* aliasesOf(
  environment: LmdbEnvironment,
  keys: UserKeys | undefined,
): Generator<{ readonly userId: string; readonly to: string }> {
  const aliases = new LmdbRows(new SealedTable(environment, 'aliases'), nameKey, readName);
  const blobs = new LmdbRows(new SealedTable(environment, 'blobs'), blobKey, readBlobKey);
  for (const { key, bytes } of aliases.entries(() => true)) {
    const to = bytes.toString('utf16le');
    if (keys === undefined || !isPseudonym(key)) yield { userId: key, to };
    else yield* openAlias({ userId: key, to }, keys, (name) => blobs.get(name));
  }
}

/** A record that cannot be read is left out, as are those whose checksum does not fit: the gateway names them. */
function decodedOrNothing(bytes: Uint8Array, taker: JournalTaker): readonly JournalEvent[] {
  try {
    return decodeEvents(bytes, (user) => taker.keyOfOld(user));
  } catch {
    return [];
  }
}

/** All items ever, by ascending index. Rejects with `StartupError` `store_unreadable`. */
export async function readCatalogueItems(folder: string): Promise<StoredItem[]> {
  if (!existsSync(folder)) return [];
  const environment = await openForReading(folder);
  try {
    const items: StoredItem[] = [];
    for (const { key, value } of new SealedTable(environment, 'items').range()) {
      items.push({ index: readIndex(key), json: value.toString('utf8', 1), isDeleted: value[0] === 1 });
    }
    return items;
  } finally {
    await environment.close();
  }
}

function openForReading(folder: string): Promise<LmdbEnvironment> {
  return LmdbEnvironment.open({ folder });
}
