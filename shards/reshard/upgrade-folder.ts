import type { Log } from '../../metrics/process/log.js';
import { StartupError } from '../../metrics/process/startup-error.js';
import { DATA_FORMAT } from '../store/data-folder.js';
import type { ShardStore } from '../store/store.js';
import { separateNames } from './name-spaces.js';
import type { ShardFolders } from './shard-folders.js';

/**
 * Brings a data folder of an earlier format to the present one, while no shard runs; nothing is done to one that has it. A
 * crash in between leaves the earlier format, and the next start goes on; so it is when `signal` is aborted, for the start is given
 * up. Rejects with `StartupError` (`upgrade_failed`, `start_given_up`, or what a store says that cannot be opened).
 */
export async function upgradeFolder(
  folders: ShardFolders,
  rowsMax: number,
  log: Log,
  signal?: AbortSignal,
): Promise<void> {
  const found = folders.read();
  if (found.format === DATA_FORMAT) return;
  log.info({ from: found.format, to: DATA_FORMAT }, 'bringing the data folder to the present format');
  const stores: ShardStore[] = [];
  try {
    for (const shard of folders.numbers()) stores[shard] = await folders.open(shard);
    await separateNames(stores, { shards: found.shards, rowsMax, log, signal });
    await Promise.all(stores.splice(0).map((store) => store.close()));
    await folders.write({ ...found, format: DATA_FORMAT });
  } catch (cause) {
    if (cause instanceof StartupError) throw cause;
    throw new StartupError(
      'upgrade_failed',
      `The data folder could not be brought to format ${DATA_FORMAT}: ${(cause as Error).message}. Nothing is lost. Make ` +
        `room on the disk and start again, or restore a snapshot under the version that made it.`,
      { cause },
    );
  } finally {
    for (const store of stores) await store?.close();
  }
}
