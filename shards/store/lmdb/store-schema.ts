import { StartupError } from '../../../metrics/process/startup-error.js';
import { nameKey } from '../keys.js';
import type { LmdbEnvironment } from './commits/lmdb-environment.js';
import type { LmdbTable } from './commits/lmdb-table.js';

const SCHEMA_NAME = 'schema';

/** Bytes of a value: the number, and its complement, which those of earlier versions do not have. */
const VALUE_BYTES = 8;

/** The schema that an environment's tables were written with; undefined for a new one. Throws an `Error` when a bit of it is flipped. */
export function readSchema(meta: Pick<LmdbTable, 'get'>): number | undefined {
  const value = meta.get(nameKey(SCHEMA_NAME));
  const schema = value?.readUInt32LE(0);
  if (
    value !== undefined &&
    schema !== undefined &&
    value.length === VALUE_BYTES &&
    value.readInt32LE(4) !== ~schema
  )
    throw new Error('the number of its schema is damaged');
  return schema;
}

/**
 * Marks an environment with `schema`, durably, after checking that the one found is not newer: a schema adds to the one before,
 * and from here on an older version would miss what is new. Comes before any other write.
 * @throws StartupError `store_schema_newer`
 */
export async function settleSchema(environment: LmdbEnvironment, schema: number): Promise<void> {
  const meta = environment.table('meta');
  const found = readSchema(meta) ?? 0;
  if (found > schema) throw newer(environment.folder, found, schema);
  if (found === schema) return;
  const value = Buffer.alloc(VALUE_BYTES);
  value.writeUInt32LE(schema, 0);
  value.writeInt32LE(~schema, 4);
  await environment.commit(0, () => meta.put(nameKey(SCHEMA_NAME), value));
}

function newer(folder: string, found: number, supported: number): StartupError {
  return new StartupError(
    'store_schema_newer',
    `The store in ${folder} has schema ${found}; this version of Afterclick reads schemas up to ${supported}, and ` +
      `nothing was changed. Start the newer version again, or restore a snapshot that this version made.`,
  );
}
