import { LmdbEnvironment } from '../lmdb/lmdb-environment.js';
import { readIdentity } from '../lmdb/identity-row.js';
import { LmdbJournal } from '../lmdb/lmdb-journal.js';
import { SealedTable } from '../lmdb/sealed-table.js';
import { readIndex } from '../keys.js';
import type { StoreIdentity } from '../store-marks.js';

/** What a look at a store found. */
export interface Inspected {
  readonly folder: string;
  readonly identity?: StoreIdentity;
  /** Events of its journal, or items ever. */
  readonly mark: number;
  /** Why it cannot be opened or read. */
  readonly problem?: string;
}

const SHARD_TABLES = [
  'meta',
  'users',
  'users1',
  'sessions',
  'aliases',
  'eventIds0',
  'eventIds1',
  'blobs',
  'journal',
];
const CATALOGUE_TABLES = ['meta', 'items', 'codes'];

/**
 * Opens a store for reading only, and looks at what a start needs first; with `isWhole` at every row of it. LMDB trusts its pages:
 * with a damaged one it may end the process, so this belongs into one of its own.
 */
export async function inspectStore(
  folder: string,
  isCatalogue: boolean,
  isWhole: boolean,
): Promise<Inspected> {
  let environment: LmdbEnvironment | undefined;
  try {
    environment = await LmdbEnvironment.open({ folder });
    const identity = orNothing(() => readIdentity(environment as LmdbEnvironment));
    const mark = isCatalogue ? itemsIn(environment) : eventsIn(environment);
    if (isWhole) for (const name of isCatalogue ? CATALOGUE_TABLES : SHARD_TABLES) walk(environment, name);
    return { folder, mark, ...(identity && { identity }) };
  } catch (error) {
    return { folder, mark: 0, problem: (error as Error).message };
  } finally {
    await environment?.close();
  }
}

function eventsIn(environment: LmdbEnvironment): number {
  return new LmdbJournal(new SealedTable(environment, 'journal')).end;
}

function itemsIn(environment: LmdbEnvironment): number {
  const last = environment.table('items').last();
  return last === undefined ? 0 : readIndex(last.key) + 1;
}

/** Reads every row of a table, of which an earlier version may not have all. */
function walk(environment: LmdbEnvironment, name: string): void {
  const table = orNothing(() => environment.table(name));
  let sum = 0;
  for (const { key, value } of table?.range() ?? []) sum += key.length + value.length;
  if (!Number.isFinite(sum)) throw new Error(`table "${name}" has no end`);
}

function orNothing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
