import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { installedRing } from './installed-ring.js';
import { keyFileOf, UserKeys } from './user-keys.js';

/**
 * Destroys the keys that a user has in files of shards that are gone, whose journals are kept in `retired/`: in all files of the ring but
 * those of the stores in `folders`, which are open and destroy their own. Resolves when it is on the disk.
 */
export async function destroyKeys(name: string, folders: readonly string[]): Promise<void> {
  const ring = installedRing();
  if (ring === undefined) return;
  const open = new Set(folders.map((folder) => keyFileOf(ring, folder)));
  for (const file of readdirSync(ring.folder)) {
    const path = join(ring.folder, file);
    if (!file.endsWith('.keys') || open.has(path)) continue;
    const keys = UserKeys.open(ring, file.slice(0, -'.keys'.length));
    try {
      keys.destroy(name);
      await keys.sync();
    } finally {
      await keys.close();
    }
  }
}
