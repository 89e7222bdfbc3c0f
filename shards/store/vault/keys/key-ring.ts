import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { makeFolderDurably, writeFileDurably } from '../../../../metrics/process/durable-files.js';
import { StartupError } from '../../../../metrics/process/startup-error.js';
import { checked, withCheck } from '../../checked-json.js';
import { KEY_BYTES } from './master-key.js';
import { NONCE_BYTES, openBytes, sealBytes } from './user-cipher.js';

/** File of a folder of keys with the keys that the master key wraps. */
export const RING_FILE = 'ring.json';

/**
 * The keys that the others hang on. `wrapping` wraps the key of each user, `pseudonyms` makes their pseudonyms; both lie in `RING_FILE`,
 * wrapped by the master key. So another master key is a matter of one small file.
 */
export interface KeyRing {
  /** The folder of keys, absolute. */
  readonly folder: string;
  /** Of this ring; a store that is encrypted says which one. */
  readonly id: string;
  readonly wrapping: Uint8Array;
  readonly pseudonyms: Uint8Array;
}

const ringSchema = z.object({ id: z.string().min(1), wrapped: z.string().min(1) });

/** Reads the ring in `folder`, or makes it. Rejects with `StartupError` `master_key_wrong`, `key_ring_unreadable`. */
export async function openRing(folder: string, master: Uint8Array): Promise<KeyRing> {
  if (existsSync(join(folder, RING_FILE))) return readRing(folder, master);
  const ring = {
    folder,
    id: randomUUID(),
    wrapping: randomBytes(KEY_BYTES),
    pseudonyms: randomBytes(KEY_BYTES),
  };
  await makeFolderDurably(folder);
  await writeRing(ring, master);
  return ring;
}

/** As `openRing`, for a ring that is there. Nothing is changed. */
export function readRing(folder: string, master: Uint8Array): KeyRing {
  const { id, wrapped } = parsedRing(join(folder, RING_FILE));
  const keys = openBytes(master, Buffer.from(wrapped, 'base64'));
  if (keys === undefined)
    throw new StartupError(
      'master_key_wrong',
      `The master key does not fit ${join(folder, RING_FILE)}. Give the key that the data was encrypted with, or the one that ` +
        `"keys rotate" was given last.`,
    );
  return { folder, id, wrapping: keys.subarray(0, KEY_BYTES), pseudonyms: keys.subarray(KEY_BYTES) };
}

/** Wraps a ring with a master key, in one rename; resolves when it is on the disk. */
export function writeRing({ folder, id, wrapping, pseudonyms }: KeyRing, master: Uint8Array): Promise<void> {
  const keys = Buffer.concat([wrapping, pseudonyms]);
  const wrapped = sealBytes(master, randomBytes(NONCE_BYTES), keys).toString('base64');
  return writeFileDurably(join(folder, RING_FILE), `${JSON.stringify(withCheck({ id, wrapped }))}\n`);
}

function parsedRing(path: string): z.infer<typeof ringSchema> {
  try {
    return ringSchema.parse(checked(JSON.parse(readFileSync(path, 'utf8'))));
  } catch (cause) {
    throw new StartupError(
      'key_ring_unreadable',
      `${path} cannot be read: ${(cause as Error).message}. Put it back from a copy of the folder: without it nothing of any user can be read.`,
      { cause },
    );
  }
}
