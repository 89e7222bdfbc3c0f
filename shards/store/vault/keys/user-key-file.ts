import { randomBytes } from 'node:crypto';
import { closeSync, constants, fsyncSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { faultPoint } from '../../../../metrics/process/fault-point.js';
import { KEY_BYTES } from './master-key.js';
import { SlotIndex } from './slot-index.js';
import { placeOf, SLOT_BYTES, SlotWriter } from './slot-writer.js';
import { NONCE_BYTES, openBytes, SEALED_BYTES, sealBytes } from './user-cipher.js';

/** Bytes of a pseudonym: the first half of an HMAC-SHA-256. */
export const PSEUDONYM_BYTES = 16;
const MAGIC = 'ACKEYS01';
const MADE_AT = PSEUDONYM_BYTES;
const WRAPPED_AT = MADE_AT + 8;
const CHECK_AT = WRAPPED_AT + KEY_BYTES + SEALED_BYTES;
/** Read at a time while a file is looked through. */
const WINDOW_SLOTS = 8_192;

/**
 * The keys of a shard's users: a file of slots of 128 bytes behind a head of as many. Slot: 16 bytes pseudonym, f64 epoch ms when it was
 * made, the key wrapped by the ring (60 bytes), u32 CRC-32 of all before it. Head: magic, u32 how often the file was opened to be written.
 *
 * It lies beside the stores and in no snapshot. A key is destroyed where it stands: its slot is overwritten with zeros and synced, and no
 * older version of it is anywhere in the file, as there would be in a database. A slot of zeros is used again.
 * Order: what `add` makes is written by the next `synced`, in other threads; nothing sealed with the key is acknowledged before that resolves.
 * Bounds: 128 bytes of disk, 64 KiB at a time, and 12 to 24 of memory for each user who has a key.
 */
export class KeyFile {
  readonly #file: number;
  readonly #wrapping: Uint8Array;
  readonly #index: SlotIndex;
  readonly #free: number[] = [];
  readonly #slot = Buffer.alloc(SLOT_BYTES);
  readonly #writer: SlotWriter;
  #damaged = 0;
  /** How often the file was opened to be written, this time included; 0 when it is only read. */
  readonly opening: number;

  private constructor(file: number, wrapping: Uint8Array, isWriting: boolean) {
    this.#file = file;
    this.#wrapping = wrapping;
    this.#index = new SlotIndex((slot, pseudonym) => this.#isAt(slot, pseudonym));
    this.opening = isWriting ? this.#begin() : 0;
    const slots = Math.max(0, Math.floor(fstatSync(file).size / SLOT_BYTES) - 1);
    this.#writer = new SlotWriter(file, slots);
    this.#lookThrough(slots);
  }

  /** Opens a file, or makes it; its name is on the disk then. Throws the error of the file system. */
  static open(path: string, wrapping: Uint8Array): KeyFile {
    return opened(openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600), (file) => {
      syncName(path);
      return new KeyFile(file, wrapping, true);
    });
  }

  /** Opens a file that somebody else may write to; undefined when there is none. What comes to it later is not seen. */
  static read(path: string, wrapping: Uint8Array): KeyFile | undefined {
    try {
      return opened(openSync(path, 'r'), (file) => new KeyFile(file, wrapping, false));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  get count(): number {
    return this.#index.count;
  }

  /** Slots that cannot be read: the keys of so many users are lost. */
  get damaged(): number {
    return this.#damaged;
  }

  /** The key of a pseudonym; undefined when it has none, or none any more. The caller owns it. */
  get(pseudonym: Uint8Array): Buffer | undefined {
    const slot = this.#index.find(pseudonym);
    if (slot < 0) return undefined;
    this.#read(slot);
    return openBytes(this.#wrapping, this.#slot.subarray(WRAPPED_AT, CHECK_AT));
  }

  /** Makes a key for a pseudonym that has none. */
  add(pseudonym: Uint8Array, atMs: number): Buffer {
    const key = randomBytes(KEY_BYTES);
    if (this.#free.length === 0) this.#free.push(...this.#writer.grow().reverse());
    const place = this.#free.pop()!;
    const slot = Buffer.alloc(SLOT_BYTES);
    slot.set(pseudonym);
    slot.writeDoubleLE(atMs, MADE_AT);
    slot.set(sealBytes(this.#wrapping, randomBytes(NONCE_BYTES), key), WRAPPED_AT);
    slot.writeUInt32LE(crc32(slot.subarray(0, CHECK_AT)), CHECK_AT);
    this.#writer.put(place, slot);
    this.#index.add(pseudonym, place);
    return key;
  }

  /** Overwrites the key of a pseudonym; durable after `synced`. False when there is none. */
  destroy(pseudonym: Uint8Array): boolean {
    const slot = this.#index.find(pseudonym);
    if (slot < 0) return false;
    this.#index.remove(pseudonym);
    this.#writer.wipe(slot);
    this.#free.push(slot);
    faultPoint('erase.keyDestroyed');
    return true;
  }

  /** Resolves when all that was written is on the disk; see `SlotWriter.synced`. */
  synced(): Promise<void> {
    return this.#writer.synced();
  }

  /** Resolves when nothing is on its way any more. */
  async close(): Promise<void> {
    await this.#writer.ended();
    closeSync(this.#file);
  }

  /** Counts the opening, durably: no nonce of an earlier one is used again. */
  #begin(): number {
    const head = Buffer.alloc(SLOT_BYTES);
    readSync(this.#file, head, 0, SLOT_BYTES, 0);
    const opening =
      1 + (head.toString('latin1', 0, MAGIC.length) === MAGIC ? head.readUInt32LE(MAGIC.length) : 0);
    head.write(MAGIC, 0, 'latin1');
    head.writeUInt32LE(opening, MAGIC.length);
    writeSync(this.#file, head, 0, SLOT_BYTES, 0);
    fsyncSync(this.#file);
    return opening;
  }

  #lookThrough(slots: number): void {
    const window = Buffer.alloc(WINDOW_SLOTS * SLOT_BYTES);
    for (let first = 0; first < slots; first += WINDOW_SLOTS) {
      const bytes = readSync(this.#file, window, 0, window.length, placeOf(first));
      for (let at = 0; at + SLOT_BYTES <= bytes; at += SLOT_BYTES)
        this.#takeSlot(first + at / SLOT_BYTES, window.subarray(at, at + SLOT_BYTES));
    }
  }

  #takeSlot(slot: number, bytes: Buffer): void {
    if (bytes.readUInt32LE(CHECK_AT) === crc32(bytes.subarray(0, CHECK_AT)))
      this.#index.add(bytes.subarray(0, PSEUDONYM_BYTES), slot);
    else if (bytes.every((byte) => byte === 0)) this.#free.push(slot);
    else this.#damaged++;
  }

  #isAt(slot: number, pseudonym: Uint8Array): boolean {
    this.#read(slot);
    return this.#slot.subarray(0, PSEUDONYM_BYTES).equals(pseudonym);
  }

  #read(slot: number): void {
    const written = this.#writer.get(slot);
    if (written !== undefined) this.#slot.set(written);
    else readSync(this.#file, this.#slot, 0, SLOT_BYTES, placeOf(slot));
  }
}

/** Without it a power cut may take a new file away with all keys in it, however often it was synced itself. */
function syncName(path: string): void {
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function opened(file: number, make: (file: number) => KeyFile): KeyFile {
  try {
    return make(file);
  } catch (error) {
    closeSync(file);
    throw error;
  }
}
