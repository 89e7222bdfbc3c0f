import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { renameDurably } from '../../../metrics/process/durable-files.js';
import { journalFolder } from '../journal-file/journal-folder.js';
import { nameKey } from '../keys.js';
import { LmdbEnvironment } from '../lmdb/commits/lmdb-environment.js';
import { SealedTable } from '../lmdb/rows/sealed-table.js';
import { META } from '../lmdb/rows/store-tables.js';
import { expectedJournal, LOST_TO } from './expected-journal.js';
import type { Inspected } from './inspect-store.js';

/** Of the folder beside the journal's for what was there instead of it. */
const GIVEN_UP = '.given-up';

/**
 * Lets a store whose journal is lost, or a part of it, go on with its rows: what lacks up to now is not missed any more. What is not its
 * own journal is moved aside, into `journal.given-up`, and the next opening begins one where the rows end, so that no position is
 * given out twice. Nothing else may have the store open. A crash half way leaves one whose journal is missing.
 */
export async function acceptJournalLoss({ folder, journal, mark }: Inspected): Promise<void> {
  if (journal === undefined) return;
  if (!journal.isOwn) await moveAside(journalFolder(folder));
  const environment = await LmdbEnvironment.open({ folder }, { onDurable: () => {} });
  try {
    const { rowsTo } = expectedJournal(environment);
    const meta = new SealedTable(environment, 'meta');
    await environment.commit(0, () => {
      meta.put(nameKey(LOST_TO), float64(Math.max(rowsTo, mark)));
      if (journal.isOwn) return;
      meta.remove(nameKey(META.journalId));
      // Recovery has nothing to read before it.
      meta.put(nameKey('checkpoint'), float64(rowsTo));
    });
  } finally {
    await environment.close();
  }
}

/** Moves the journal of a store whose tables are lost aside: a new one begins there, and nothing is deleted that somebody may want back. */
export function keepJournalAside(folder: string): Promise<void> {
  return moveAside(journalFolder(folder));
}

async function moveAside(journal: string): Promise<void> {
  if (!existsSync(journal)) return;
  await rm(`${journal}${GIVEN_UP}`, { recursive: true, force: true });
  await renameDurably(journal, `${journal}${GIVEN_UP}`);
}

function float64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value, 0);
  return bytes;
}
