import { existsSync, rmSync } from 'node:fs';
import { StartupError } from '../../../metrics/process/startup-error.js';
import type { DamageListener } from '../damage.js';
import type { CommitBatch, ShardStore } from '../store.js';
import type { KeyRing } from './keys/key-ring.js';
import { sealStore } from './seal-store.js';
import { keyFileOf, UserKeys } from './keys/user-keys.js';
import { HeldDamage } from './held-damage.js';
import { LETTERS_MAX, sealedRowsOf, VAULT_KEY, VaultStore } from './vault-store.js';

/** What an encrypted store's tables are opened with. */
export interface Sealing {
  /** Rows that follow from a record of the journal, as the tables have them. */
  readonly rowsOf: (bytes: Uint8Array) => CommitBatch;
  /** Letters of the longest name. */
  readonly lettersMax: number;
  readonly damaged: DamageListener;
}

/** Which store is opened, and who hears of its damage. */
interface VaultPlace {
  readonly folder: string;
  readonly damaged?: DamageListener | undefined;
}

/**
 * Opens a store that is encrypted with `ring`; one that is not yet is encrypted first. `open` opens its tables. Rejects as that, and with
 * `StartupError` `master_key_wrong` for a store of another ring, `user_keys_missing` for one whose users' keys are gone.
 */
export async function openVault(
  ring: KeyRing,
  { folder, damaged }: VaultPlace,
  open: (sealing: Sealing) => Promise<ShardStore>,
): Promise<ShardStore> {
  const path = keyFileOf(ring, folder);
  const isNew = !existsSync(path);
  const made = existsSync(ring.folder) ? path : ring.folder;
  const keys = UserKeys.open(ring, folder);
  const held = new HeldDamage(damaged);
  const sealing = { rowsOf: sealedRowsOf(keys), lettersMax: LETTERS_MAX, damaged: held.take };
  try {
    const inner = await open(sealing);
    try {
      if (!isOf(inner, ring, folder)) await sealStore(inner, keys);
      else if (isNew) throw keysMissing(folder, path);
    } catch (error) {
      await inner.close();
      throw error;
    }
    const store = new VaultStore(inner, keys);
    held.tell(store);
    return store;
  } catch (error) {
    await keys.close();
    // An empty file would pass for the users' keys at the next start.
    if (isNew) rmSync(made, { recursive: true, force: true });
    throw error;
  }
}

function keysMissing(folder: string, path: string): StartupError {
  return new StartupError(
    'user_keys_missing',
    `The store in ${folder} is encrypted, and the keys of its users are not there (${path}). Put that file back from a copy. Without it nothing ` +
      'of these users can be read by anybody: to go on without them, move the folder of the store away and start once with --accept-store-loss yes.',
  );
}

/** As `openVault`, for reading only: a store that is not encrypted yet is read as it is. */
export async function readVault(
  ring: KeyRing,
  { folder, damaged }: VaultPlace,
  read: (sealing: Sealing) => Promise<ShardStore>,
): Promise<ShardStore> {
  const keys = UserKeys.read(ring, folder);
  const held = new HeldDamage(damaged);
  const inner = await read({ rowsOf: sealedRowsOf(keys), lettersMax: LETTERS_MAX, damaged: held.take });
  if (!isOf(inner, ring, folder)) {
    await keys.close();
    return inner;
  }
  const store = new VaultStore(inner, keys);
  held.tell(store);
  return store;
}

/** A store that is encrypted is not opened without its keys. Rejects with `StartupError` `master_key_missing`. */
export async function refuseWithoutKeys(store: ShardStore, folder: string): Promise<ShardStore> {
  if (store.blob(VAULT_KEY) === undefined) return store;
  await store.close();
  throw new StartupError(
    'master_key_missing',
    `The store in ${folder} is encrypted. Set AFTERCLICK_MASTER_KEY_FILE or AFTERCLICK_MASTER_KEY_COMMAND to the key that it was encrypted with.`,
  );
}

/** True for a store that is encrypted, false for one that is not. */
function isOf(store: ShardStore, ring: KeyRing, folder: string): boolean {
  const mark = store.blob(VAULT_KEY);
  if (mark === undefined) return false;
  if (Buffer.from(mark).toString('latin1') === ring.id) return true;
  throw new StartupError(
    'master_key_wrong',
    `The store in ${folder} is encrypted with keys of another folder than ${ring.folder}. Put the folder of keys beside it back from a copy.`,
  );
}
