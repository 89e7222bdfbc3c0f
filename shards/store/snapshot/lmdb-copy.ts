import { nameKey } from '../keys.js';
import { LmdbEnvironment, removeLockFile } from '../lmdb/commits/lmdb-environment.js';
import { countStates } from '../lmdb/rows/lmdb-states.js';
import { SealedTable } from '../lmdb/rows/sealed-table.js';
import { readSchema } from '../lmdb/store-schema.js';

/** What a copy made by `copyTo` holds. */
export interface LmdbCopy {
  readonly storeSchema: number;
  readonly users: number;
  readonly sessions: number;
  readonly checkpoint: number;
}

/**
 * Reads positions and counts of the tables of a copy that nothing has open; costs a few page reads, whatever its size.
 * @throws StartupError `store_unreadable`
 */
export async function describeLmdbCopy(folder: string): Promise<LmdbCopy> {
  const environment = await LmdbEnvironment.open({ folder });
  try {
    const meta = new SealedTable(environment, 'meta');
    return {
      storeSchema: readSchema(meta) ?? 0,
      users: countStates(environment, meta),
      sessions: environment.table('sessions').count(),
      checkpoint: meta.get(nameKey('checkpoint'))?.readDoubleLE(0) ?? 0,
    };
  } finally {
    await environment.close();
    await removeLockFile(folder);
  }
}
