import type { JournalRecord } from '../journal.js';
import {
  GROUP_HEAD_BYTES,
  groupBytes,
  RECORD_HEAD_BYTES,
  writeGroupHead,
} from './segments/segment-format.js';

const FIRST_BYTES = 64 * 1024;

/** Collects the records of one group in a buffer that is used again for the next one. */
export class GroupBuffer {
  #bytes = Buffer.alloc(FIRST_BYTES);
  #end = GROUP_HEAD_BYTES;
  #count = 0;
  #records = 0;

  get isEmpty(): boolean {
    return this.#records === 0;
  }

  /** Entries in it. */
  get count(): number {
    return this.#count;
  }

  /** Bytes that the group takes in its segment. */
  get size(): number {
    return groupBytes(this.#end - GROUP_HEAD_BYTES);
  }

  /** @param bytes copied. */
  add(count: number, bytes: Uint8Array): void {
    this.#makeRoom(RECORD_HEAD_BYTES + bytes.length);
    this.#bytes.writeUInt32LE(bytes.length, this.#end);
    this.#bytes.writeUInt32LE(count, this.#end + 4);
    this.#bytes.set(bytes, this.#end + RECORD_HEAD_BYTES);
    this.#end += RECORD_HEAD_BYTES + bytes.length;
    this.#count += count;
    this.#records++;
  }

  /** The group as it goes to the disk, a view that holds until the next `clear`; `seed` is that of the journal. */
  sealed(position: number, seed: number): Buffer {
    const group = this.#bytes.subarray(0, this.#end);
    writeGroupHead(group, { position, count: this.#count, records: this.#records, seed });
    const size = this.size;
    this.#bytes.fill(0, this.#end, size);
    return this.#bytes.subarray(0, size);
  }

  /** Its records, the first entry of which has `position`; copies. */
  *records(position: number): Generator<JournalRecord> {
    for (let at = GROUP_HEAD_BYTES; at < this.#end;) {
      const length = this.#bytes.readUInt32LE(at);
      const count = this.#bytes.readUInt32LE(at + 4);
      const from = at + RECORD_HEAD_BYTES;
      yield { position, count, bytes: Uint8Array.from(this.#bytes.subarray(from, from + length)) };
      position += count;
      at = from + length;
    }
  }

  clear(): void {
    this.#end = GROUP_HEAD_BYTES;
    this.#count = this.#records = 0;
  }

  #makeRoom(bytes: number): void {
    // Up to 7 bytes behind the body are zeros.
    if (this.#end + bytes + 8 <= this.#bytes.length) return;
    const larger = Buffer.alloc(2 * (this.#end + bytes + 8));
    larger.set(this.#bytes.subarray(0, this.#end));
    this.#bytes = larger;
  }
}
