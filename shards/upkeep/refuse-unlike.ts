import { join } from 'node:path';
import type { DataFolder } from '../store/data-folder.js';
import { inspectStores } from '../store/inspection/inspect-stores.js';
import { formatOf } from '../store/snapshot/whole-snapshot.js';
import { hasJournalFiles } from './journal-alone.js';
import { Refusal } from '../store/snapshot/refusal.js';

/**
 * Rejects with `Refusal` when the journals of a data folder do not go on from a snapshot: another number of shards, another format,
 * a change that is not over, a store that cannot be read. Before anything is read from stores that may be damaged: LMDB may end
 * the process over them. Resolves with the folders of those whose tables cannot be read and whose journal is there.
 *
 * @param found what the data folder says of itself
 */
export async function refuseUnlike(
  dataDir: string,
  found: DataFolder,
  { snapshot, shards }: { readonly snapshot: string; readonly shards: number },
): Promise<ReadonlySet<string>> {
  const advice = '; restore the snapshot alone with --without-journal, or another one';
  if (found.moving === true)
    throw new Refusal(
      `a change of the number of shards of ${dataDir} is not over, so its journals do not go on from the snapshot: start it once, or go back with --without-journal`,
    );
  if (found.shards !== shards)
    throw new Refusal(
      `the snapshot ${snapshot} has ${shards} shards and ${dataDir} has ${found.shards}, so its journals do not go on from there${advice}`,
    );
  if (found.format !== formatOf(snapshot))
    throw new Refusal(
      `the snapshot ${snapshot} has data format ${formatOf(snapshot)} and ${dataDir} has ${found.format}, so its journals do not go on from there${advice}`,
    );
  const stores = ['catalogue', ...Array.from({ length: shards }, (_, shard) => `shard-${shard}`)];
  const inspected = await inspectStores(
    stores.map((store) => join(dataDir, store)),
    true,
  );
  const alone = new Set<string>();
  for (const { folder, problem, isNew, journal } of inspected) {
    const broken = problem ?? (isNew === true ? 'it is empty' : undefined);
    if (broken !== undefined && hasJournalFiles(folder)) alone.add(folder);
    else if (broken !== undefined)
      throw new Refusal(
        `the store in ${folder} cannot be read: ${broken}; so its journal cannot be used${advice}`,
      );
    if (journal !== undefined)
      throw new Refusal(
        `the store in ${folder} has lost its journal, or a part of it: it ${journal.why}${advice}`,
      );
  }
  return alone;
}
