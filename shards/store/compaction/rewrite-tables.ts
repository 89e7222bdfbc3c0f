import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { renameDurably } from '../../../metrics/process/durable-files.js';
import { LMDB_FILE } from '../lmdb/commits/lmdb-file.js';
import { LmdbEnvironment } from '../lmdb/commits/lmdb-environment.js';

/**
 * Writes the file of a store's tables anew, without the room in it that is free, nor what was written there once. Nobody has the store
 * open. A crash leaves the file as it was or as it is to be.
 */
export async function rewriteTables(folder: string): Promise<void> {
  const copy = join(folder, 'compacted');
  await rm(copy, { recursive: true, force: true });
  const environment = await LmdbEnvironment.open({ folder });
  try {
    await environment.copyTo(copy);
  } finally {
    await environment.close();
  }
  await renameDurably(join(copy, LMDB_FILE), join(folder, LMDB_FILE));
  await rm(copy, { recursive: true });
}
