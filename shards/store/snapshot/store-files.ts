import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { segmentsIn } from '../journal-file/segments/segment-list.js';
import { LMDB_FILE } from '../lmdb/commits/lmdb-file.js';
import { JOURNAL_FOLDER } from '../journal-file/journal-folder.js';

/** Names of the files that hold what a store has, as paths from its folder: the tables, and the segments of its journal, oldest first. */
export function storeFiles(folder: string): string[] {
  const journal = join(folder, JOURNAL_FOLDER);
  const segments = existsSync(journal) ? segmentsIn(journal) : [];
  return [LMDB_FILE, ...segments.map(({ name }) => `${JOURNAL_FOLDER}/${name}`)];
}

/** Bytes of the files of a store, of those that are there. */
export function storeBytes(folder: string): number {
  const files = storeFiles(folder).map((name) => statSync(join(folder, name), { throwIfNoEntry: false }));
  return files.reduce((sum, file) => sum + (file?.size ?? 0), 0);
}

/** Bytes of the files of all stores of a data folder: what a snapshot takes at most. */
export function storedBytes(dataDir: string): number {
  const stores = readdirSync(dataDir).filter((name) => /^(catalogue|shard-\d+)$/.test(name));
  return stores.reduce((sum, name) => sum + storeBytes(join(dataDir, name)), 0);
}
