import { DROPPED_RECORDS_MAX, type JournalPiece, type JournalRecord } from '../journal.js';
import { positionKey, readPosition } from '../keys.js';
import type { SealedTable } from './rows/sealed-table.js';
import { Overlay } from './rows/overlay.js';

/**
 * The journal of a shard: records by the position of their first entry; a value is `u32 count` and the record's bytes. A record
 * that is damaged is left out; it stays where it is, and positions have a gap there.
 */
export class LmdbJournal {
  readonly #table: SealedTable;
  /** Records that are not durable yet, and removals. */
  readonly #pending = new Overlay<number, Buffer>();
  #start: number;
  #end: number;

  constructor(table: SealedTable) {
    this.#table = table;
    const last = table.last();
    this.#end = last === undefined ? 0 : endOf(table, last.key, last.size);
    this.#start = this.#end;
    for (const key of table.keys()) {
      this.#start = readPosition(key);
      break;
    }
  }

  get start(): number {
    return this.#start;
  }

  get end(): number {
    return this.#end;
  }

  get bytes(): number {
    return this.#table.bytes();
  }

  /** See `CommitBatch.dropBefore`; `isLastNeedless` for the last record too. */
  drop(position: number, ticket: number, isLastNeedless: boolean): void {
    const places = this.#places(position);
    if (isLastNeedless && places.length <= DROPPED_RECORDS_MAX) places.push(this.#end);
    for (let i = 0; i + 1 < places.length && places[i + 1] <= position; i++) {
      this.#pending.set(places[i], undefined, ticket);
      this.#table.remove(positionKey(places[i]));
      this.#start = places[i + 1];
    }
  }

  *from(position: number): Generator<JournalRecord> {
    const pending = this.#pending.snapshot();
    const start = Math.max(position, this.#start);
    let next = 0;
    for (const entry of this.#table.range(this.#recordAt(start))) {
      const record = recordOf(readPosition(entry.key), entry.value);
      next = record.position + record.count;
      if (next > start && record.position >= this.#start) yield record;
    }
    for (const [at, value] of pending) {
      if (!value || at < next) continue;
      const record = recordOf(at, Buffer.from(value));
      if (at + record.count > start) yield record;
    }
  }

  /** See `Journal.pieces`: each a record; the last one too when it is needless. */
  *pieces(isLastNeedless: boolean): Generator<JournalPiece> {
    for (const { position, count, bytes } of this.from(this.#start)) {
      const end = position + count;
      if (end < this.#end || isLastNeedless) yield { end, bytes: bytes.length, newest: () => bytes };
    }
  }

  settle(ticket: number): void {
    this.#pending.settle(ticket);
  }

  /**
   * Positions of the first records that are kept, damaged ones included, ascending: those up to `position`, one more than a commit
   * drops at most.
   */
  #places(position: number): number[] {
    const limit = DROPPED_RECORDS_MAX + 1;
    const places: number[] = [];
    for (const key of this.#table.keys(Buffer.from(positionKey(this.#start)))) {
      const at = readPosition(key);
      if (places.length === limit || at > position) return places;
      places.push(at);
    }
    const last = places.at(-1) ?? -1;
    for (const [at, value] of this.#pending.snapshot())
      if (value && at > last && at >= this.#start && places.length < limit) places.push(at);
    return places;
  }

  /** Key of the committed record that holds `position`, or would be before it. */
  #recordAt(position: number): Buffer {
    return this.#table.last(positionKey(position))?.key ?? Buffer.from(positionKey(0));
  }
}

/** Position after the last record. When its count cannot be read, its size is a bound: no entry takes less than a byte. */
function endOf(table: SealedTable, key: Buffer, size: number): number {
  const value = table.get(key);
  return readPosition(key) + (value === undefined ? size : value.readUInt32LE(0));
}

function recordOf(position: number, value: Buffer): JournalRecord {
  return { position, count: value.readUInt32LE(0), bytes: value.subarray(4) };
}
