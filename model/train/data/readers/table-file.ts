import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { createGunzip } from 'node:zlib';
import { StartupError } from '../../../../metrics/process/startup-error.js';
/** Takes the cells of one line; `line` counts from 1, the header being the first. */
export type TakeRow = (cells: readonly string[], line: number) => void;

const CHUNK_BYTES = 1 << 18;
/** Longer than this is no line of a table; it bounds what is held of a file without line ends. */
const LINE_LENGTH_MAX = 1 << 24;

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

/** Puts lines together from pieces of a file. */
class LineSplitter {
  readonly #path: string;
  readonly #open: (header: TableHeader) => TakeRow;
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';
  #line = 0;
  #take: TakeRow | undefined;

  constructor(path: string, open: (header: TableHeader) => TakeRow) {
    this.#path = path;
    this.#open = open;
  }

  write(chunk: Buffer): void {
    const text = this.#rest + this.#decoder.write(chunk);
    let from = 0;
    for (let to = text.indexOf('\n'); to >= 0; to = text.indexOf('\n', from)) {
      this.#takeLine(text, from, to);
      from = to + 1;
    }
    this.#rest = text.slice(from);
    if (this.#rest.length <= LINE_LENGTH_MAX) return;
    throw new StartupError(
      'data_unreadable',
      `${this.#path}, line ${this.#line + 1}: expected a line of a table, found over ${LINE_LENGTH_MAX} characters without a line end`,
    );
  }

  end(): void {
    const text = this.#rest + this.#decoder.end();
    this.#takeLine(text, 0, text.length);
    if (this.#take !== undefined) return;
    throw new StartupError('data_unreadable', `${this.#path}: expected a header line, found an empty file`);
  }

  #takeLine(text: string, from: number, to: number): void {
    this.#line++;
    const end = to > from && text.charCodeAt(to - 1) === 13 ? to - 1 : to;
    if (end === from) return;
    const cells = text.slice(from, end).split('\t');
    if (this.#take === undefined) this.#take = this.#open(new TableHeader(this.#path, cells));
    else this.#take(cells, this.#line);
  }
}

/** The columns of a table, found by name in any order, whatever the case. */
export class TableHeader {
  readonly path: string;
  readonly #names: readonly string[];

  constructor(path: string, cells: readonly string[]) {
    this.path = path;
    this.#names = cells.map((cell) =>
      cell
        .replace(/^\uFEFF/, '')
        .trim()
        .toLowerCase(),
    );
  }

  /** Place of the first of the names that there is; −1 when there is none. */
  place(names: readonly string[]): number {
    for (const name of names) {
      const place = this.#names.indexOf(name);
      if (place >= 0) return place;
    }
    return -1;
  }

  /** As `place`, of a column that the table cannot be without. */
  need(names: readonly string[]): number {
    const place = this.place(names);
    if (place >= 0) return place;
    const found = this.#names.join(', ');
    const hint = this.#names.length === 1 && found.includes(',') ? '; columns are separated by tabs' : '';
    throw new StartupError(
      'data_unreadable',
      `${this.path}: expected a column "${names.join('" or "')}" in line 1, found ${found}${hint}`,
    );
  }
}
