import { positionKey, readPosition } from '../keys.js';
import type { SealedTable } from './sealed-table.js';
import { Overlay } from './overlay.js';

export interface JournalRecord {
  readonly position: number;
  readonly count: number;
  readonly bytes: Buffer;
}

/**
 * The journal of a shard: records by the position of their first event; a value is `u32 count` and the record's bytes. A record
 * that is damaged is left out; it stays where it is, and positions have a gap there.
 */
export class LmdbJournal {
  readonly #table: SealedTable;
  readonly #pending = new Overlay<number, Buffer>();
  #end: number;

  constructor(table: SealedTable) {
    this.#table = table;
    const last = table.last();
    this.#end = last === undefined ? 0 : endOf(table, last.key, last.size);
  }

  /** Position of the next event. */
  get end(): number {
    return this.#end;
  }

  append(count: number, bytes: Uint8Array, ticket: number): void {
    const value = Buffer.allocUnsafe(4 + bytes.length);
    value.writeUInt32LE(count, 0);
    value.set(bytes, 4);
    this.#pending.set(this.#end, this.#table.append(positionKey(this.#end), value), ticket);
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
    return this.#table.last(positionKey(position))?.key ?? Buffer.from(positionKey(0));
  }
}

/** Position after the last record. When its count cannot be read, its size is a bound: no event takes less than a byte. */
function endOf(table: SealedTable, key: Buffer, size: number): number {
  const value = table.get(key);
  return readPosition(key) + (value === undefined ? size : value.readUInt32LE(0));
}

function recordOf(position: number, value: Buffer): JournalRecord {
  return { position, count: value.readUInt32LE(0), bytes: value.subarray(4) };
}
