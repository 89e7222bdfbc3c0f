import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** A tab-separated table with one header line, as read from a `.tsv.gz` file. */
export interface Table {
  /** Values of each line after the header, in the order of `columns`. */
  readonly rows: readonly (readonly string[])[];
  /** SHA-256 of the unpacked text, in hex. */
  readonly hash: string;
}

/** Reads the named columns of a gzipped table. Throws, naming the file, when a column is missing. */
export function readTable(file: string, columns: readonly string[]): Table {
  const text = gunzipSync(readFileSync(file));
  const lines = text.toString('utf8').split('\n');
  const header = lines[0].split('\t');
  const places = columns.map((column) => {
    const place = header.indexOf(column);
    if (place < 0) throw new Error(`${file}: no column "${column}" in its header (${header.join(', ')})`);
    return place;
  });
  const rows = lines.slice(1).flatMap((line) => {
    if (line === '') return [];
    const cells = line.split('\t');
    return [places.map((place) => cells[place] ?? '')];
  });
  return { rows, hash: createHash('sha256').update(text).digest('hex') };
}
