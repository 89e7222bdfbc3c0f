import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { installedRing, installRing } from './keys/installed-ring.js';
import { openRing, readRing, RING_FILE, writeRing, type KeyRing } from './keys/key-ring.js';
import { readMasterKey, type MasterKeySource } from './keys/master-key.js';

/** The folder of a data folder's keys. */
function keysFolder(dataDir: string): string {
  return join(resolve(dataDir), 'keys');
}

/** Files of users' keys that are in a data folder; none where nothing is encrypted. */
export function userKeyFiles(dataDir: string): string[] {
  const folder = keysFolder(dataDir);
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names.filter((name) => name.endsWith('.keys')).map((name) => join(folder, name));
}

/**
 * Installs the ring of a data folder for all stores that this thread opens from now on; makes it where there is none yet. Where no master key is given,
 * nothing is installed. Rejects with `StartupError` `master_key_invalid`, `master_key_wrong`, `key_ring_unreadable`.
 */
export async function unlockFolder(dataDir: string, source: MasterKeySource): Promise<void> {
  const master = readMasterKey(source);
  installRing(master && (await openRing(keysFolder(dataDir), master)));
}

/**
 * Wraps the installed ring of a data folder with the master key in `path`, which is made when it is not there. A crash leaves the one or the other.
 * Rejects with `StartupError` `master_key_invalid`.
 */
export async function rotateMasterKey(dataDir: string, path: string): Promise<void> {
  const ring = installedRing();
  const master = readMasterKey({ masterKeyFile: path, masterKeyCommand: '' });
  if (ring === undefined || master === undefined || ring.folder !== keysFolder(dataDir))
    throw new Error(`the keys of ${dataDir} are not open`);
  await writeRing(ring, master);
}

/** As `unlockFolder`, for who only reads: a folder without a ring has nothing that is encrypted. Returns what it installed. */
export function unlockForReading(dataDir: string, source: MasterKeySource): KeyRing | undefined {
  const master = readMasterKey(source);
  const hasRing = existsSync(join(keysFolder(dataDir), RING_FILE));
  const ring = master !== undefined && hasRing ? readRing(keysFolder(dataDir), master) : undefined;
  installRing(ring);
  return ring;
}
