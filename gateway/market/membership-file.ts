import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { writeFileDurably } from '../../metrics/process/durable-files.js';
import { NO_MEMBERSHIP, type Membership } from '../../shards/api.js';

const VERSION = 1;
const fileSchema = z.object({
  version: z.literal(VERSION),
  nextId: z.number().int().min(1),
  /** Int32 [items], little-endian, in base64. */
  large: z.base64(),
  small: z.base64(),
});

/** The communities that were kept; none where the file is missing or cannot be read: a cut makes them again, with other ids. */
export async function readMembership(path: string): Promise<Membership> {
  try {
    const { nextId, large, small } = fileSchema.parse(JSON.parse(await readFile(path, 'utf8')));
    return { nextId, large: idsOf(large), small: idsOf(small) };
  } catch {
    return NO_MEMBERSHIP;
  }
}

/** Keeps which community each item is in, whole or not at all. */
export function writeMembership(path: string, { nextId, large, small }: Membership): Promise<void> {
  return writeFileDurably(
    path,
    JSON.stringify({ version: VERSION, nextId, large: textOf(large), small: textOf(small) }),
  );
}

function idsOf(text: string): Int32Array {
  const bytes = Buffer.from(text, 'base64');
  return new Int32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + (bytes.length & ~3)));
}

function textOf(ids: Int32Array): string {
  return Buffer.from(ids.buffer, ids.byteOffset, ids.byteLength).toString('base64');
}
