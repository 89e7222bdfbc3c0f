import { createHash } from 'node:crypto';
import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { packVector, unpackVector } from './vector-bytes.js';

/** What the file begins with: magic, dimension, hash of the encoder's id. */
const HEAD_BYTES = 32;
const MAGIC = 'ACENC001';
/** Of a record: key, scale and checksum, and then the numbers. */
const KEY_BYTES = 16;
const RECORD_HEAD_BYTES = KEY_BYTES + 8;
/** Records that are read at once. */
const RECORDS_AT_ONCE = 1_024;

/** Which vectors a cache keeps, and how many. */
export interface VectorCacheOptions {
  /** Absent: in memory alone. */
  readonly path?: string;
  /** Vectors of another encoder in the file are thrown away. */
  readonly encoder: string;
  readonly dimension: number;
  /** The oldest makes room for one more. */
  readonly countMax: number;
}

/**
 * Vectors by a hash of their text, in a file of `countMax` places that survives restarts: a record that was half written, or
 * damaged, is as if it had never been. It is a cache: nothing is synced, and a disk that refuses leaves it in memory alone.
 * Belongs to one thread.
 */
export class VectorCache {
  readonly #options: VectorCacheOptions;
  readonly #places = new Map<string, number>();
  readonly #keys: (string | undefined)[] = [];
  readonly #records: Int8Array[] = [];
  readonly #scales: number[] = [];
  #next = 0;
  /** Vectors put in since it was opened. */
  made = 0;
  #file: number | undefined;
  /** Why the file is not written any more. */
  problem: Error | undefined;

  constructor(options: VectorCacheOptions) {
    this.#options = options;
    if (options.path === undefined) return;
    try {
      mkdirSync(dirname(options.path), { recursive: true });
      this.#file = openSync(options.path, 'a+');
      closeSync(this.#file);
      this.#file = openSync(options.path, 'r+');
      this.#load(this.#file);
    } catch (error) {
      this.#giveUp(error as Error);
    }
  }

  get count(): number {
    return this.#places.size;
  }

  /** The vector of a text; undefined when there is none. The caller's. */
  get(text: string): Float32Array | undefined {
    const place = this.#places.get(keyOf(text));
    return place === undefined ? undefined : unpackVector(this.#records[place], this.#scales[place]);
  }

  set(text: string, vector: Float32Array): void {
    const key = keyOf(text);
    if (this.#places.has(key)) return;
    this.made++;
    const bytes = new Int8Array(vector.length);
    const scale = packVector(vector, bytes);
    const place = this.#next;
    this.#put(place, key, bytes, Math.fround(scale));
    this.#next = (place + 1) % this.#options.countMax;
    if (this.#file !== undefined) this.#write(this.#file, place);
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #put(place: number, key: string, bytes: Int8Array, scale: number): void {
    const before = this.#keys[place];
    if (before !== undefined && this.#places.get(before) === place) this.#places.delete(before);
    this.#keys[place] = key;
    this.#records[place] = bytes;
    this.#scales[place] = scale;
    this.#places.set(key, place);
  }

  get #recordBytes(): number {
    return RECORD_HEAD_BYTES + this.#options.dimension;
  }

  #load(file: number): void {
    const head = headOf(this.#options);
    const found = Buffer.alloc(HEAD_BYTES);
    readSync(file, found, 0, HEAD_BYTES, 0);
    if (!found.equals(head)) {
      ftruncateSync(file, 0);
      writeSync(file, head, 0, HEAD_BYTES, 0);
      return;
    }
    const { countMax } = this.#options;
    const held = Math.floor((fstatSync(file).size - HEAD_BYTES) / this.#recordBytes);
    const count = Math.min(held, countMax);
    for (let place = 0; place < count; place += RECORDS_AT_ONCE)
      this.#loadSome(file, place, Math.min(RECORDS_AT_ONCE, count - place));
    if (held > countMax) ftruncateSync(file, HEAD_BYTES + countMax * this.#recordBytes);
    this.#next = count % countMax;
  }

  #loadSome(file: number, from: number, count: number): void {
    const size = this.#recordBytes;
    const bytes = Buffer.alloc(count * size);
    readSync(file, bytes, 0, bytes.length, HEAD_BYTES + from * size);
    for (let i = 0; i < count; i++) {
      const record = bytes.subarray(i * size, (i + 1) * size);
      if (record.readUInt32LE(KEY_BYTES + 4) !== checksum(record)) continue;
      const numbers = Int8Array.from(record.subarray(RECORD_HEAD_BYTES), (byte) => (byte << 24) >> 24);
      this.#put(from + i, record.toString('latin1', 0, KEY_BYTES), numbers, record.readFloatLE(KEY_BYTES));
    }
  }

  #write(file: number, place: number): void {
    const size = this.#recordBytes;
    const record = Buffer.alloc(size);
    record.write(this.#keys[place] ?? '', 0, 'latin1');
    record.writeFloatLE(this.#scales[place], KEY_BYTES);
    Buffer.from(this.#records[place].buffer).copy(record, RECORD_HEAD_BYTES);
    record.writeUInt32LE(checksum(record), KEY_BYTES + 4);
    try {
      writeSync(file, record, 0, size, HEAD_BYTES + place * size);
    } catch (error) {
      this.#giveUp(error as Error);
    }
  }

  #giveUp(error: Error): void {
    this.problem = error;
    this.close();
  }
}

function headOf({ dimension, encoder }: VectorCacheOptions): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.write(MAGIC, 0, 'latin1');
  head.writeUInt32LE(dimension, 8);
  createHash('sha256')
    .update(encoder)
    .digest()
    .copy(head, 12, 0, HEAD_BYTES - 12);
  return head;
}

/** Of all of a record but the checksum itself. */
function checksum(record: Buffer): number {
  return crc32(record.subarray(RECORD_HEAD_BYTES), crc32(record.subarray(0, KEY_BYTES + 4)));
}

function keyOf(text: string): string {
  return createHash('sha256').update(text).digest().toString('latin1', 0, KEY_BYTES);
}
