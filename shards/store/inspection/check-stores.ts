import { existsSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { StartupError } from '../../../metrics/process/startup-error.js';
import { checkDataFolder, snapshotsFolder, WARM_MARKER } from '../data-folder.js';
import { LMDB_FILE } from '../lmdb/commits/lmdb-file.js';
import { findSnapshots } from '../snapshot/whole-snapshot.js';
import { readMarks, type StoreMarks } from '../store-marks.js';
import type { Inspected } from './inspect-store.js';
import { inspectStores } from './inspect-stores.js';

/** Ends that were not in order after which every row of the stores is read before the next start. */
const UNCLEAN_ENDS_MAX = 2;

/**
 * Looks at the stores of a data folder before anything opens them. Resolves with the marks found, if there are any. Rejects with
 * `StartupError`: `store_unreadable` for those that cannot be read, `store_lost` for those that are missing, emptied, of another
 * data folder, of another shard, or older than they were; each is named.
 *
 * A start looks at a few pages of each. When the last start did not come to its end, or the last two runs did not, every row is
 * read: a damaged page may have been the reason.
 *
 * @param acceptsLoss true: what is lost is lost, and the start goes on with what there is
 */
export async function checkStores(dataDir: string, acceptsLoss: boolean): Promise<StoreMarks | undefined> {
  const marks = readMarks(dataDir);
  const shards = checkDataFolder(dataDir)?.shards ?? 0;
  const names = ['catalogue', ...Array.from({ length: shards }, (_, shard) => `shard-${shard}`)];
  const there = names.filter((name) => hasContent(join(dataDir, name)));
  const isWhole =
    marks !== undefined && (marks.phase === 'starting' || marks.uncleanEnds >= UNCLEAN_ENDS_MAX);
  const inspected = await inspectStores(
    there.map((name) => join(dataDir, name)),
    isWhole,
  );
  const unreadable = inspected.flatMap(({ folder, problem }) =>
    problem === undefined ? [] : [`The store in ${folder} is damaged: ${problem.replace(/\.$/, '')}.`],
  );
  if (unreadable.length > 0)
    throw new StartupError('store_unreadable', [...unreadable, advice(dataDir, true)]);
  const lost = acceptsLoss ? [] : losses(dataDir, marks, names, inspected);
  if (lost.length > 0) throw new StartupError('store_lost', [...lost, advice(dataDir, false)]);
  return marks;
}

/** A sentence for each store that is not what it was. */
function losses(
  dataDir: string,
  marks: StoreMarks | undefined,
  names: readonly string[],
  inspected: readonly Inspected[],
): string[] {
  // A folder of a version without marks has all its stores once shards have run on it.
  const hasRun = existsSync(join(dataDir, WARM_MARKER));
  const known = marks === undefined ? (hasRun ? names : []) : names.filter((name) => name in marks.stores);
  return known.flatMap((name) => {
    const folder = join(dataDir, name);
    const mark = marks?.stores[name];
    const found = inspected.find((one) => one.folder === folder);
    const held =
      mark === undefined
        ? ''
        : `; it held ${mark} ${name === 'catalogue' ? 'items' : 'events'} at ${marks?.at}`;
    if (found === undefined)
      return [
        `The store in ${folder} is ${existsSync(join(folder, LMDB_FILE)) ? 'empty' : 'missing'}${held}.`,
      ];
    if (marks === undefined || mark === undefined) return [];
    return identityProblem(found, marks.folder) ?? markProblem(found, mark, held);
  });
}

function identityProblem({ folder, identity }: Inspected, expected: string): string[] | undefined {
  if (identity === undefined)
    return [`The store in ${folder} is a new one or an old copy: it does not say which it is.`];
  if (identity.folder !== expected) return [`The store in ${folder} belongs to another data folder.`];
  if (identity.store !== basename(folder)) return [`The store in ${folder} is that of ${identity.store}.`];
  return undefined;
}

function markProblem({ folder, mark }: Inspected, least: number, held: string): string[] {
  return mark < least ? [`The store in ${folder} is older than it was: it holds ${mark}${held}.`] : [];
}

function hasContent(folder: string): boolean {
  return (statSync(join(folder, LMDB_FILE), { throwIfNoEntry: false })?.size ?? 0) > 0;
}

function advice(dataDir: string, isDamaged: boolean): string {
  const folder = snapshotsFolder(dataDir);
  const newest = findSnapshots(folder).whole.at(-1)?.name;
  const snapshot =
    newest === undefined ? `there is no whole one in ${folder}` : `the newest is ${join(folder, newest)}`;
  const without = isDamaged ? 'move the damaged folders away and start' : 'start';
  return (
    `Nothing was changed. Restore a snapshot (${snapshot}; docs/OPERATIONS.md says how), or go on without what is lost: ` +
    `${without} once with --accept-store-loss yes.`
  );
}
