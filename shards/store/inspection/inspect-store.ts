import { CATALOGUE_TABLES, SHARD_TABLES } from '../lmdb/rows/store-tables.js';
import { StartupError } from '../../../metrics/process/startup-error.js';
import { systemProblem } from '../../../metrics/process/system-problem.js';
import { checkLmdbFolder } from '../lmdb/commits/lmdb-file.js';
import { LmdbEnvironment, unreadable } from '../lmdb/commits/lmdb-environment.js';
import { readIdentity } from '../lmdb/identity-row.js';
import { journalFolder } from '../journal-file/journal-folder.js';
import type { StoreIdentity } from '../store-marks.js';
import { expectedJournal } from './expected-journal.js';
import { type LostJournal, lookAtJournal } from './journal-look.js';
import { walkPages, type WalkedPages } from './page-walk.js';

/** What a look at a store found. */
export interface Inspected {
  readonly folder: string;
  readonly identity?: StoreIdentity;
  /** Events of its journal, or items ever. */
  readonly mark: number;
  /** True for one that was made and never written to: it does not have its tables yet. */
  readonly isNew?: true;
  /** Rows that a flipped bit gave another key, in hex: `[table, key, right key]`. */
  readonly misnamed?: readonly (readonly [string, string, string])[];
  /** What lies there as its journal is not that, or not all of it. */
  readonly journal?: LostJournal;
  /** Why it cannot be opened or read. */
  readonly problem?: string;
  /** Code of a start-up error: the system refuses it to this process (no permission, say), and it is not damaged. */
  readonly refusal?: string;
}

/**
 * Looks at the pages of a store (`page-walk.ts`), then opens it for reading only, and looks at what a start needs first and at its
 * journal (`journal-look.ts`); with `isWhole` at every row of it, and all of the journal. A start reads the whole catalogue, so all of that is looked at in any case. LMDB trusts its pages:
 * with a damaged one it may end the process, so this belongs into one of its own.
 */
export async function inspectStore(
  folder: string,
  isCatalogue: boolean,
  isWhole: boolean,
): Promise<Inspected> {
  let environment: LmdbEnvironment | undefined;
  try {
    const walked = walkedPages(folder, isWhole || isCatalogue);
    if (typeof walked === 'string') return { folder, mark: 0, problem: walked };
    const misnamed = walked?.misnamed.map(
      ({ table, key, right }) => [table, key.toString('hex'), right.toString('hex')] as const,
    );
    environment = await LmdbEnvironment.open({ folder });
    const identity = orNothing(() => readIdentity(environment as LmdbEnvironment));
    if (!environment.has(isCatalogue ? 'items' : 'journal')) return { folder, mark: 0, isNew: true };
    const journal = isCatalogue
      ? undefined
      : lookAtJournal(journalFolder(folder), expectedJournal(environment), isWhole);
    const mark = journal?.end ?? environment.table('items').count();
    if (isCatalogue) for (const name of CATALOGUE_TABLES) walk(environment, name);
    else if (isWhole) for (const name of SHARD_TABLES) walk(environment, name);
    return {
      folder,
      mark,
      ...(identity && { identity }),
      ...(journal?.lost !== undefined && { journal: journal.lost }),
      ...(misnamed?.length && { misnamed }),
    };
  } catch (error) {
    return refusedOrDamaged(folder, error);
  } finally {
    await environment?.close();
  }
}

/** What an error says of the store: one of the system, in whichever file of it, says nothing of what is in there. */
function refusedOrDamaged(folder: string, error: unknown): Inspected {
  const cause = systemProblem(error) === undefined ? error : unreadable(folder, error);
  const isRefused = cause instanceof StartupError && cause.code !== 'store_unreadable';
  return {
    folder,
    mark: 0,
    problem: (cause as Error).message,
    ...(isRefused && { refusal: cause.code }),
  };
}

/** Reads every row of a table, of which an earlier version may not have all. */
function walk(environment: LmdbEnvironment, name: string): void {
  if (!environment.has(name)) return;
  let sum = 0;
  for (const { key, value } of environment.table(name).range()) sum += key.length + value.length;
  if (!Number.isFinite(sum)) throw new Error(`table "${name}" has no end`);
}

function orNothing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** What the pages hold, or what is wrong with them. Undefined for a file that cannot be opened: whoever opens it says why. */
function walkedPages(folder: string, isWhole: boolean): WalkedPages | string | undefined {
  try {
    checkLmdbFolder(folder, true);
  } catch {
    return undefined;
  }
  try {
    return walkPages(folder, isWhole);
  } catch (error) {
    return systemProblem(error) === undefined ? (error as Error).message : undefined;
  }
}
