import type { Journal, JournalPiece, JournalRecord } from '../journal.js';
import type { LmdbJournal } from './lmdb-journal.js';

/** The part of a journal that is in files. */
export type JournalFiles = Omit<Journal, 'start'> & { readonly start: number | undefined };

/** A journal whose records are in files, but for those of earlier versions, which stay in the tables they were written to. */
export class SplitJournal implements Journal {
  readonly #older: LmdbJournal;
  readonly #files: JournalFiles;

  constructor(older: LmdbJournal, files: JournalFiles) {
    this.#older = older;
    this.#files = files;
  }

  get start(): number {
    return this.#older.start < this.#older.end ? this.#older.start : (this.#files.start ?? this.#older.end);
  }

  get end(): number {
    return this.#files.start === undefined ? this.#older.end : this.#files.end;
  }

  get bytes(): number {
    return this.#older.bytes + this.#files.bytes;
  }

  *pieces(): Generator<JournalPiece> {
    // Its last record says no more where the journal ends once there are files.
    yield* this.#older.pieces(this.#files.start !== undefined);
    yield* this.#files.pieces();
  }

  *from(position: number): Generator<JournalRecord> {
    yield* this.#older.from(position);
    if (this.#files.start !== undefined) yield* this.#files.from(position);
  }
}
