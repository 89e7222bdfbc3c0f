import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { StartupError } from '../../../../metrics/process/startup-error.js';
import { LineSplitter, type TakeRow } from './line-splitter.js';
import type { TableHeader } from './table-header.js';

const CHUNK_BYTES = 1 << 18;

/** Path of `NAME.tsv.gz` or `NAME.tsv` in a folder, undefined when there is neither. */
export function findTable(folder: string, name: string): string | undefined {
  return [`${name}.tsv.gz`, `${name}.tsv`].map((file) => join(folder, file)).find((path) => existsSync(path));
}

/**
 * Reads a tab-separated table with one header line, gzipped or not, a piece at a time: what is held of it does not grow
 * with the file. `open` gets the header and says what takes the lines. Empty lines are skipped; line ends may be CR LF.
 * Resolves to the SHA-256 of the unpacked bytes, in hex. Rejects with `StartupError` `data_unreadable`.
 */
export async function readTable(path: string, open: (header: TableHeader) => TakeRow): Promise<string> {
  const hash = createHash('sha256');
  const lines = new LineSplitter(path, open);
  for await (const chunk of chunksOf(path)) {
    hash.update(chunk);
    lines.write(chunk);
  }
  lines.end();
  return hash.digest('hex');
}

/** The header alone; reads no more than the beginning of the file. Rejects as `readTable`. */
export async function readHeader(path: string): Promise<TableHeader> {
  let found: TableHeader | undefined;
  const lines = new LineSplitter(path, (header) => {
    found = header;
    return () => {};
  });
  for await (const chunk of chunksOf(path)) {
    lines.write(chunk);
    if (found !== undefined) return found;
  }
  lines.end();
  return found as unknown as TableHeader;
}

/** Pieces of the unpacked file. */
async function* chunksOf(path: string): AsyncGenerator<Buffer> {
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  const unpacked = path.endsWith('.gz') ? file.pipe(createGunzip({ chunkSize: CHUNK_BYTES })) : file;
  file.on('error', (error) => unpacked.destroy(error));
  try {
    for await (const chunk of unpacked as AsyncIterable<Buffer>) yield chunk;
  } catch (cause) {
    throw new StartupError('data_unreadable', `${path} cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  } finally {
    file.destroy();
  }
}
