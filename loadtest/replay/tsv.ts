import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';

/** One line, by column name. A column that the header does not have is ''. */
export type Row = (column: string) => string;

/**
 * Reads a tab-separated file with one header line, gunzipped when it ends in `.gz`. `readerFor` chooses, by the header, how a
 * line becomes a `T`. Rejects when the file cannot be read, or with what `readerFor` throws; an empty file has no columns.
 */
export async function readTable<T>(
  path: string,
  readerFor: (columns: readonly string[]) => (row: Row) => T,
): Promise<T[]> {
  const file = createReadStream(path);
  const input = path.endsWith('.gz') ? file.pipe(createGunzip()) : file;
  // A pipe does not hand errors on; without this a missing file would end the process.
  file.on('error', (error) => input.destroy(error));
  let columns: readonly string[] = [];
  let read: ((row: Row) => T) | undefined;
  const rows: T[] = [];
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    if (read === undefined) {
      columns = line.split('\t');
      read = readerFor(columns);
    } else if (line !== '') rows.push(read(rowOf(columns, line.split('\t'))));
  }
  if (read === undefined) readerFor(columns);
  return rows;
}

function rowOf(columns: readonly string[], cells: readonly string[]): Row {
  return (column) => cells[columns.indexOf(column)] ?? '';
}
