import { existsSync } from 'node:fs';
import { journalFolder } from '../journal-file/journal-folder.js';
import { idIn } from '../journal-file/segments/stored-segments.js';
import { nameKey } from '../keys.js';
import type { LmdbEnvironment } from '../lmdb/commits/lmdb-environment.js';
import { LmdbJournal } from '../lmdb/lmdb-journal.js';
import { SealedTable } from '../lmdb/rows/sealed-table.js';
import { META } from '../lmdb/rows/store-tables.js';
import type { ExpectedJournal } from './journal-look.js';

/** Name of the row of `meta` with the position before which entries may be missing: an operator has accepted that. f64. */
export const LOST_TO = 'journalLostTo';

/** What the tables of a shard's store, also one of an earlier schema, say of the journal in the files beside them. */
export function expectedJournal(environment: LmdbEnvironment): ExpectedJournal {
  const meta = new SealedTable(environment, 'meta');
  const { end } = new LmdbJournal(new SealedTable(environment, 'journal'));
  // A key is valid until the next one is made.
  const position = (name: string) => meta.get(nameKey(name))?.readDoubleLE(0);
  const isThere = meta.has(nameKey(META.journalId));
  const folder = journalFolder(environment.folder);
  // Rows that are damaged say nothing: the files have the number too, and from where on they are needed nobody knows then.
  const id = meta.get(nameKey(META.journalId)) ?? (isThere && existsSync(folder) ? idIn(folder) : undefined);
  const checkpoint = position('checkpoint') ?? (meta.has(nameKey('checkpoint')) ? Infinity : 0);
  return {
    isThere,
    id,
    olderEnd: end,
    rowsTo: position(META.rowsTo) ?? end,
    neededFrom: Math.max(checkpoint, end),
    lostTo: position(LOST_TO) ?? 0,
  };
}
