import { DROPPED_RECORDS_MAX, type Journal, type JournalPiece, type JournalRecord } from '../journal.js';

/** As `LmdbJournal`, in memory; records are copied in and out. */
export class MemoryJournal implements Journal {
  readonly #records: JournalRecord[] = [];
  #end = 0;

  get start(): number {
    return this.#records.length === 0 ? this.#end : this.#records[0].position;
  }

  get end(): number {
    return this.#end;
  }

  get bytes(): number {
    return this.#records.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  append(count: number, bytes: Uint8Array): void {
    this.#records.push({ position: this.#end, count, bytes: new Uint8Array(bytes) });
    this.#end += count;
  }

  /** See `CommitBatch.dropBefore`. */
  drop(position: number): void {
    let count = 0;
    const last = Math.min(DROPPED_RECORDS_MAX, this.#records.length - 1);
    while (count < last && this.#records[count + 1].position <= position) count++;
    this.#records.splice(0, count);
  }

  *pieces(): Generator<JournalPiece> {
    for (const { position, count, bytes } of this.#records.slice(0, -1))
      yield { end: position + count, bytes: bytes.length, newest: () => bytes };
  }

  *from(position: number): Generator<JournalRecord> {
    const records = this.#records.slice(this.#recordAt(position));
    for (const record of records) yield { ...record, bytes: new Uint8Array(record.bytes) };
  }

  /** Index of the first record that ends after `position`. */
  #recordAt(position: number): number {
    let low = 0;
    let high = this.#records.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const record = this.#records[middle];
      if (record.position + record.count > position) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
