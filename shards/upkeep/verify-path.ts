import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { StartupError } from '../../metrics/process/startup-error.js';
import { checkDataFolder, FORMAT_FILE } from '../store/data-folder.js';
import { checkStores } from '../store/inspection/check-stores.js';
import type { Inspected } from '../store/inspection/inspect-store.js';
import { inspectStores } from '../store/inspection/inspect-stores.js';
import { removeLockFile } from '../store/lmdb/commits/lmdb-environment.js';
import { checkWholeSnapshot, verifyWholeSnapshot } from '../store/snapshot/whole-snapshot.js';
import { Refusal } from '../store/snapshot/refusal.js';
import { verifyStore } from './verify-store.js';

/** What was looked at, and what is broken. */
export interface Verified {
  readonly isSnapshot: boolean;
  readonly stores: number;
  readonly rows: number;
  readonly entries: number;
  /** A sentence each, in the order in which they were found, `NAMED_MAX` of a store at most. */
  readonly problems: readonly string[];
  readonly problemCount: number;
}

/**
 * Looks at all of a data folder that no gateway has, or of a snapshot, and changes nothing: checksums of the files, the pages of each
 * store, every row and every record of the journals, positions, marks. A store whose pages are damaged is named, and its rows are
 * not read: LMDB may end the process over them.
 *
 * Rejects with `Refusal` when there is neither at `path`, with `StartupError` when the system refuses it.
 */
export async function verifyPath(path: string): Promise<Verified> {
  const isSnapshot = !existsSync(join(path, FORMAT_FILE));
  const found = isSnapshot ? undefined : checkDataFolder(path);
  if (found === undefined && !existsSync(join(path, 'shard-0')))
    throw new Refusal(`${path} is neither a data folder nor a snapshot: name one of them`);
  const whole = isSnapshot ? checkWholeSnapshot(path) : undefined;
  if (typeof whole === 'string') return onlyBroken(whole);
  const shards = whole?.shards.length ?? found?.shards ?? 0;
  const names = ['catalogue', ...Array.from({ length: shards }, (_, shard) => `shard-${shard}`)];
  const folders = names.map((name) => join(path, name)).filter((folder) => existsSync(folder));
  const inspected = await inspectStores(folders, true);
  const problems = isSnapshot ? await verifyWholeSnapshot(path) : await markProblems(path, inspected);
  const all: Sum = { rows: 0, entries: 0, problems: [...problems], problemCount: problems.length };
  for (const { folder, problem } of inspected) {
    const text = problem && `The store in ${folder} is damaged: ${problem}.`;
    if (text === undefined) await addStore(all, folder, whole?.shards[Number(basename(folder).slice(6))]);
    // Marks have named it already.
    else if (!all.problems.includes(text)) broken(all, [text], 1);
    if (isSnapshot) await removeLockFile(folder);
  }
  return { isSnapshot, stores: folders.length, ...all };
}

interface Sum {
  rows: number;
  entries: number;
  problems: string[];
  problemCount: number;
}

/** `manifest` is that of a shard of a snapshot. */
async function addStore(
  all: Sum,
  folder: string,
  manifest: { readonly journalEnd: number; readonly checkpoint: number } | undefined,
): Promise<void> {
  const { rows, entries, problems, problemCount, journal } = await verifyStore(
    folder,
    basename(folder) === 'catalogue',
  );
  all.rows += rows;
  all.entries += entries;
  broken(
    all,
    problems.map((problem) => `${folder}: ${problem}.`),
    problemCount,
  );
  if (manifest === undefined || journal === undefined) return;
  if (journal.end !== manifest.journalEnd || journal.checkpoint !== manifest.checkpoint)
    broken(
      all,
      [
        `${folder}: the journal ends at ${journal.end} with a checkpoint at ${journal.checkpoint}, the manifest says ` +
          `${manifest.journalEnd} and ${manifest.checkpoint}.`,
      ],
      1,
    );
}

function broken(all: Sum, problems: readonly string[], count: number): void {
  all.problems.push(...problems);
  all.problemCount += count;
}

/** Stores that are missing, emptied, older than they were or of another folder. */
async function markProblems(dataDir: string, inspected: readonly Inspected[]): Promise<readonly string[]> {
  const found = (folders: readonly string[]) =>
    Promise.resolve(inspected.filter(({ folder }) => folders.includes(folder)));
  try {
    await checkStores(dataDir, false, found);
    return [];
  } catch (error) {
    if (!(error instanceof StartupError) || !BROKEN.has(error.code)) throw error;
    // What is wrong with a journal is told by whoever reads it, with its place.
    return error.problems.filter(
      (problem) => problem.startsWith('The store in ') && !problem.includes('has lost its journal'),
    );
  }
}

const BROKEN = new Set(['store_lost', 'store_unreadable']);

function onlyBroken(problem: string): Verified {
  return { isSnapshot: true, stores: 0, rows: 0, entries: 0, problems: [problem], problemCount: 1 };
}
