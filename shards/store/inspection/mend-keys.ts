import type { Log } from '../../../metrics/process/log.js';
import { LmdbEnvironment } from '../lmdb/commits/lmdb-environment.js';
import type { Inspected } from './inspect-store.js';

/**
 * Gives rows that a flipped bit has given another key their own again: their checksums say which that is. Where a row has that key
 * by now, it is the newer one and stays. Nothing else may have the stores open.
 */
export async function mendKeys(found: readonly Inspected[], log: Pick<Log, 'error'>): Promise<void> {
  for (const { folder, misnamed = [] } of found) {
    if (misnamed.length === 0) continue;
    const environment = await LmdbEnvironment.open({ folder }, { onDurable: () => {} });
    try {
      await environment.commit(0, () => {
        for (const row of misnamed) mendKey(environment, row);
      });
    } finally {
      await environment.close();
    }
    log.error(
      { folder, rows: misnamed },
      'a bit of the key of each of these rows was flipped on the disk; they have their keys again',
    );
  }
}

function mendKey(
  environment: LmdbEnvironment,
  [name, found, right]: readonly [string, string, string],
): void {
  const table = environment.table(name);
  const key = Buffer.from(found, 'hex');
  const value = table.get(key);
  if (value === undefined) return;
  table.remove(key);
  const rightKey = Buffer.from(right, 'hex');
  if (!table.has(rightKey)) table.put(rightKey, value);
}
