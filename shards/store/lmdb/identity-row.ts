import type { StoreIdentity } from '../store-marks.js';
import { nameKey } from '../keys.js';
import type { LmdbEnvironment } from './commits/lmdb-environment.js';

const TABLE = 'identity';
const KEY = 'store';

/** Which store an environment says it is; undefined when it does not say. */
export function readIdentity(environment: LmdbEnvironment): StoreIdentity | undefined {
  const value = environment.table(TABLE).get(nameKey(KEY));
  return value && (JSON.parse(value.toString('utf8')) as StoreIdentity);
}

/** Makes an environment say which store it is, durably. */
export async function settleIdentity(environment: LmdbEnvironment, identity: StoreIdentity): Promise<void> {
  const found = readIdentity(environment);
  if (found?.folder === identity.folder && found.store === identity.store) return;
  const table = environment.table(TABLE);
  await environment.commit(0, () => table.put(nameKey(KEY), Buffer.from(JSON.stringify(identity))));
}
