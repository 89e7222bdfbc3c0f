import { existsSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { StartupError } from '../../../metrics/process/startup-error.js';
import { catalogueFolder, checkDataFolder, snapshotsFolder, WARM_MARKER } from '../data-folder.js';
import { LMDB_FILE } from '../lmdb/commits/lmdb-file.js';
import { findSnapshots } from '../snapshot/whole-snapshot.js';
import { readMarks, type StoreMarks } from '../store-marks.js';
import { acceptJournalLoss, keepJournalAside } from './accept-journal-loss.js';
import type { Inspected } from './inspect-store.js';
import { inspectStores, NOT_CHECKED } from './inspect-stores.js';

/** Ends that were not in order after which every row of the stores is read before the next start. */
const UNCLEAN_ENDS_MAX = 2;

/**
 * Looks at the stores of a data folder before anything opens them. Resolves with the marks found, if there are any. Rejects with
 * `StartupError`: `data_folder_unreadable` for those that the system keeps this process from, `store_not_checked` when whoever looks
 * at them was killed, `store_unreadable` for those that are damaged, `store_lost` for those that are missing, emptied, of another
 * data folder, of another shard, or older than they were, and for journals that are not those of the rows beside them; each is named.
 *
 * A start looks at all of the catalogue and at a few pages of each shard's. When the last start did not come to its end, or the
 * last two runs did not, every row is read: a damaged page may have been the reason. A store that a first start made and had
 * not written to when it was killed is none yet.
 *
 * @param acceptsLoss true: what is lost is lost, and the start goes on with what there is
 * @param inspect says what was found by whoever has looked already
 * @param mend hears of what was found when a start may go on
 */
export async function checkStores(
  dataDir: string,
  acceptsLoss: boolean,
  inspect = inspectStores,
  mend: (found: readonly Inspected[]) => Promise<void> = () => Promise.resolve(),
): Promise<StoreMarks | undefined> {
  const marks = readMarks(dataDir);
  const shards = checkDataFolder(dataDir)?.shards ?? 0;
  const names = ['catalogue', ...Array.from({ length: shards }, (_, shard) => `shard-${shard}`)];
  const there = names.filter((name) => hasContent(join(dataDir, name)));
  const isWhole =
    marks !== undefined && (marks.phase === 'starting' || marks.uncleanEnds >= UNCLEAN_ENDS_MAX);
  const inspected = await inspect(
    there.map((name) => join(dataDir, name)),
    isWhole,
  );
  refuseRefused(inspected);
  const unreadable = inspected.flatMap(({ folder, problem }) =>
    problem === undefined ? [] : [`The store in ${folder} is damaged: ${problem.replace(/\.$/, '')}.`],
  );
  if (unreadable.length > 0)
    throw new StartupError('store_unreadable', [...unreadable, ...advice(dataDir, unreadable, true)]);
  const journals = lostJournals(inspected);
  const lost = acceptsLoss ? [] : [...losses(dataDir, marks, names, inspected), ...journals];
  if (lost.length > 0)
    throw new StartupError('store_lost', [
      ...lost,
      ...advice(dataDir, lost, false),
      ...(journals.length > 0 ? [JOURNAL_ADVICE] : []),
    ]);
  for (const found of inspected) await acceptJournalLoss(found);
  if (acceptsLoss)
    for (const name of names) if (!there.includes(name)) await keepJournalAside(join(dataDir, name));
  await mend(inspected);
  return marks;
}

/** Throws when the system keeps this process from a store: what to do about that comes before any thought of damage. */
function refuseRefused(inspected: readonly Inspected[]): void {
  const refused = inspected.filter((one) => one.refusal !== undefined);
  if (refused.length === 0) return;
  const problems = [...new Set(refused.map(({ problem }) => problem as string)), 'Nothing was changed.'];
  const { refusal } = refused[0];
  if (refusal === NOT_CHECKED) throw new StartupError('store_not_checked', problems);
  throw new StartupError(refusal as string, problems);
}

/** A sentence for each store that is not what it was, but for those whose journal says more. */
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
    if (found === undefined || found.isNew === true)
      return [
        `The store in ${folder} is ${existsSync(join(folder, LMDB_FILE)) ? 'empty' : 'missing'}${held}.`,
      ];
    if (marks === undefined || mark === undefined) return [];
    return identityProblem(found, marks.folder) ?? markProblem(found, mark, held);
  });
}

/** A sentence for each journal that is not that of the store beside it, or not all of it. */
function lostJournals(inspected: readonly Inspected[]): string[] {
  return inspected.flatMap(({ folder, journal }) =>
    journal === undefined
      ? []
      : [`The store in ${folder} has lost its journal, or a part of it: it ${journal.why}.`],
  );
}

/** What only those who look at the store itself need to be told. */
const JOURNAL_ADVICE =
  'A journal is the folder journal in that of its store: when it was moved or taken from elsewhere, put the right one back. Going on ' +
  'without it keeps the rows of the store; what they do not contain yet is lost.';

function identityProblem({ folder, identity }: Inspected, expected: string): string[] | undefined {
  if (identity === undefined)
    return [`The store in ${folder} is a new one or an old copy: it does not say which it is.`];
  if (identity.folder !== expected) return [`The store in ${folder} belongs to another data folder.`];
  if (identity.store !== basename(folder)) return [`The store in ${folder} is that of ${identity.store}.`];
  return undefined;
}

function markProblem({ folder, journal, mark }: Inspected, least: number, held: string): string[] {
  return journal === undefined && mark < least
    ? [`The store in ${folder} is older than it was: it holds ${mark}${held}.`]
    : [];
}

/** True also for a store that cannot be looked at: whoever opens it says why. */
function hasContent(folder: string): boolean {
  try {
    if (statSync(folder, { throwIfNoEntry: false })?.isFile() === true) return true;
    return (statSync(join(folder, LMDB_FILE), { throwIfNoEntry: false })?.size ?? 0) > 0;
  } catch {
    return true;
  }
}

/** What to do about these problems, a sentence each. */
function advice(dataDir: string, problems: readonly string[], isDamaged: boolean): string[] {
  const folder = snapshotsFolder(dataDir);
  const newest = findSnapshots(folder).whole.at(-1)?.name;
  const snapshot =
    newest === undefined ? `there is no whole one in ${folder}` : `the newest is ${join(folder, newest)}`;
  const without = isDamaged ? 'move the damaged folders away and start' : 'start';
  const all =
    `Nothing was changed. Restore a snapshot (${snapshot}; docs/OPERATIONS.md says how), or go on without what is lost: ` +
    `${without} once with --accept-store-loss yes.`;
  const catalogue = catalogueFolder(dataDir);
  if (!problems.some((problem) => problem.startsWith(`The store in ${catalogue} `))) return [all];
  const copy =
    newest === undefined
      ? ''
      : ` With ${join(folder, newest, 'catalogue')} copied to its place, that is so only for items that came after the snapshot.`;
  return [
    all,
    `Without ${catalogue} all items are to be put again, and what shoppers did with the old ones counts no more.${copy}`,
  ];
}
