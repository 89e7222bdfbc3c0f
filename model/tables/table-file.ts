import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { TextDecoder } from 'node:util';
import { createGunzip } from 'node:zlib';
import { StartupError } from '../../metrics/process/startup-error.js';
import { unreadableFile } from '../../metrics/process/system-problem.js';
import { readCsv } from './csv-rows.js';
import type { LineProblems } from './line-problems.js';
import { LineSplitter, likelyEncoding, type TakeRow } from './line-splitter.js';
import type { TableHeader } from './table-header.js';

const CHUNK_BYTES = 1 << 18;
const NEWLINE = 10;
/** Forms of a table, by the end of its name; each may be gzipped. */
const FORMS = ['tsv.gz', 'tsv', 'csv.gz', 'csv'] as const;

/** Path of the table called `name` in a folder; undefined when there is none. Throws for two of one name: nobody could say which counts. */
export function findTable(folder: string, name: string): string | undefined {
  const found = FORMS.map((form) => `${name}.${form}`).filter((file) => existsSync(join(folder, file)));
  if (found.length > 1)
    throw new StartupError(
      'data_unreadable',
      `${folder}: expected one of ${found.join(' and ')}, found both`,
    );
  return found.length === 0 ? undefined : join(folder, found[0]);
}

/** How a table is read by who takes its lines one after the other, and leaves some out. */
export interface TableReading {
  /** Called when the lines of a piece have been taken; the next piece is read when it has resolved. */
  readonly between: (piece: Buffer) => Promise<void> | undefined;
  /** Where lines with other cells than the header go, instead of ending the reading. */
  readonly problems: LineProblems;
}

/**
 * Reads a table with one header line, gzipped or not, a piece at a time: what is held of it does not grow with the file. Cells of a
 * `.csv` are separated by commas or semicolons and may be quoted, those of others by tabs. `open` gets the header and says what takes
 * the lines. Empty lines are skipped; line ends may be CR LF. Resolves to the SHA-256 of the unpacked bytes, in hex. Rejects with
 * `StartupError` `data_unreadable`.
 */
export async function readTable(
  path: string,
  encoding: string,
  open: (header: TableHeader) => TakeRow,
  reading?: TableReading,
): Promise<string> {
  const hash = createHash('sha256');
  const chunks = reading === undefined ? chunksOf(path) : paced(chunksOf(path), reading.between);
  const bytes = hashed(chunks, hash);
  if (isCsv(path)) await readCsv(path, textOf(path, bytes, encoding), open, reading?.problems);
  else {
    const lines = new LineSplitter(path, open, reading?.problems);
    for await (const chunk of utf8Of(path, bytes, encoding)) lines.write(chunk);
    lines.end();
  }
  return hash.digest('hex');
}

/** The header alone; reads no more than the beginning of the file. Rejects as `readTable`. */
export async function readHeader(path: string, encoding: string): Promise<TableHeader> {
  let found: TableHeader | undefined;
  if (isCsv(path)) {
    await readCsv(path, textOf(path, chunksOf(path), encoding), (header) => {
      found = header;
      return undefined;
    });
    return found as unknown as TableHeader;
  }
  const lines = new LineSplitter(path, (header) => {
    found = header;
    return () => {};
  });
  for await (const chunk of utf8Of(path, chunksOf(path), encoding)) {
    lines.write(chunk);
    if (found !== undefined) return found;
  }
  lines.end();
  return found as unknown as TableHeader;
}

function isCsv(path: string): boolean {
  return /\.csv(\.gz)?$/i.test(path);
}

/** The same pieces; each of the next ones is read when `between` has resolved for the one before. */
export async function* paced(
  chunks: AsyncIterable<Buffer>,
  between: TableReading['between'],
): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    yield chunk;
    await between(chunk);
  }
}

async function* hashed(
  chunks: AsyncIterable<Buffer>,
  hash: ReturnType<typeof createHash>,
): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
}

/** The bytes in UTF-8. What is said to be UTF-8 is looked at by whoever puts the lines together, who can name the place. */
export async function* utf8Of(
  path: string,
  chunks: AsyncIterable<Buffer>,
  encoding: string,
): AsyncGenerator<Buffer> {
  if (new TextDecoder(encoding).encoding === 'utf-8') yield* chunks;
  else for await (const text of textOf(path, chunks, encoding)) yield Buffer.from(text, 'utf8');
}

export async function* textOf(
  path: string,
  chunks: AsyncIterable<Buffer>,
  encoding: string,
): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  let line = 1;
  let first: Buffer | undefined;
  for await (const chunk of chunks) {
    first ??= chunk;
    yield decoded(decoder, chunk, () =>
      misread(`${path}, ${placeIn(chunk, chunk === first, line, decoder)}`, decoder, first),
    );
    for (const byte of chunk) if (byte === NEWLINE) line++;
  }
  const rest = decoded(decoder, undefined, () => misread(`${path}, the last line`, decoder, first));
  if (rest !== '') yield rest;
}

function decoded(decoder: TextDecoder, chunk: Buffer | undefined, problem: () => StartupError): string {
  try {
    return decoder.decode(chunk, { stream: chunk !== undefined });
  } catch {
    throw problem();
  }
}

function misread(place: string, { encoding }: TextDecoder, first: Buffer | undefined): StartupError {
  return new StartupError(
    'data_unreadable',
    `${place}: expected text in ${encoding}, found bytes of another encoding; ` +
      `name that with --encoding, for instance ${likelyEncoding(first)}`,
  );
}

/** Which line of a piece does not decode. Of UTF-8 alone, in which a line end is always a byte of its own. */
function placeIn(chunk: Buffer, isFirst: boolean, line: number, { encoding }: TextDecoder): string {
  if (encoding !== 'utf-8') return `line ${line} or after`;
  // The first line may begin within a character of the piece before.
  let from = isFirst
    ? 0
    : Math.max(
        0,
        chunk.findIndex((byte) => (byte & 0b1100_0000) !== 0b1000_0000),
      );
  let at = line;
  for (let to = chunk.indexOf(NEWLINE, from); to >= 0; to = chunk.indexOf(NEWLINE, from)) {
    if (!isUtf8(chunk.subarray(from, to))) break;
    from = to + 1;
    at++;
  }
  return `line ${at}`;
}

/** Pieces of the unpacked file. */
export async function* chunksOf(path: string): AsyncGenerator<Buffer> {
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  const unpacked = path.endsWith('.gz') ? file.pipe(createGunzip({ chunkSize: CHUNK_BYTES })) : file;
  file.on('error', (error) => unpacked.destroy(error));
  try {
    for await (const chunk of unpacked as AsyncIterable<Buffer>) yield chunk;
  } catch (cause) {
    throw new StartupError('data_unreadable', unreadableFile(path, cause));
  } finally {
    file.destroy();
  }
}
