import { positionKey, readPosition } from '../keys.js';
import type { Entry, LmdbTable } from './lmdb-table.js';
import { Overlay } from './overlay.js';

export interface JournalRecord {
  readonly position: number;
  readonly count: number;
  readonly bytes: Buffer;
}

/** The journal of a shard: records by the position of their first event; a value is `u32 count` and the record's bytes. */
export class LmdbJournal {
  readonly #table: LmdbTable;
  readonly #pending = new Overlay<number, Buffer>();
  #end: number;

  constructor(table: LmdbTable) {
    this.#table = table;
    const last = table.last();
    this.#end = last ? readPosition(last.key) + last.value.readUInt32LE(0) : 0;
  }

  /** Position of the next event. */
  get end(): number {
    return this.#end;
  }

  append(count: number, bytes: Uint8Array, ticket: number): void {
    const value = Buffer.allocUnsafe(4 + bytes.length);
    value.writeUInt32LE(count, 0);
    value.set(bytes, 4);
    this.#table.append(positionKey(this.#end), value);
    this.#pending.set(this.#end, value, ticket);
    this.#end += count;
  }

  /** Records that hold events at or after `position`, oldest first. */
  *from(position: number): Generator<JournalRecord> {
    const pending = this.#pending.snapshot();
    let next = 0;
    for (const entry of this.#table.range(this.#startOf(position))) {
      const record = recordOf(readPosition(entry.key), entry.value);
      next = record.position + record.count;
      if (next > position) yield record;
    }
    for (const [at, value] of pending) {
      if (!value || at < next) continue;
      const record = recordOf(at, Buffer.from(value));
      if (at + record.count > position) yield record;
    }
  }

  settle(ticket: number): void {
    this.#pending.settle(ticket);
  }

  /** Key of the committed record that holds `position`, or would be before it. */
  #startOf(position: number): Buffer {
    const before: Entry | undefined = this.#table.last(positionKey(position));
    return before?.key ?? Buffer.from(positionKey(0));
  }
}

function recordOf(position: number, value: Buffer): JournalRecord {
  return { position, count: value.readUInt32LE(0), bytes: value.subarray(4) };
}
