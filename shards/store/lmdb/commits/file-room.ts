import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { LMDB_FILE, usedBytes } from './lmdb-file.js';
import type { TableWrite } from './lmdb-table.js';

/** What is written at a time. */
const STEP_BYTES = 1_048_576;
/**
 * Room that a file gets when it grows, unless its disk has less: for some 15 small commits on their way at a time. Commits that
 * find no room wait until nothing is being written, so too little here is an fsync more for them.
 */
const AHEAD_BYTES = 4 * STEP_BYTES;
/** As much at most, however many commits were on their way: some 120 small ones. */
const AHEAD_MAX_BYTES = 32 * STEP_BYTES;
const PAGE_BYTES = 4_096;
const ZEROS = Buffer.alloc(STEP_BYTES);
/** How old the last trial may be: one costs 10 µs, and the next sync a block more. */
const TRY_EVERY_MS = 10;
/** Pages of any commit: roots of tables, the way down to a leaf, the list of free pages. */
const PAGES_PER_COMMIT = 64;
/** A value above this has pages of its own. */
const INLINE_BYTES = 1_900;

/**
 * Room in the file of an environment for what its commits write: blocks of zeros behind the last page, taken from the disk
 * before LMDB needs them. So a full disk is met here, as an error, and not by LMDB. That is needed, not nice: when a page
 * cannot be written, the LMDB that lmdb-js 3.5 brings puts a message of up to 120 characters into 100 bytes (mdb.c,
 * `mdb_page_flush`, "Attempting to write page"), and one time in some the process ends with SIGABRT.
 * File systems that write every block to a new place (btrfs, ZFS) keep no room for it; there the reserve has to do.
 */
export class FileRoom {
  readonly #file: FileHandle;
  #bytes = 0;
  /** The file is used up to here at most, commits on their way included. */
  #usedMax = 0;
  #triedMs = -Infinity;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Of the environment in `folder`, which is open. */
  static async open(folder: string): Promise<FileRoom> {
    return new FileRoom(await open(join(folder, LMDB_FILE), 'r+'));
  }

  /** Whether there is room for a commit of so many bytes at most, as far as is known. */
  has(bytes: number): boolean {
    return this.#usedMax + bytes <= this.#bytes;
  }

  /** Takes that room. */
  take(bytes: number): void {
    this.#usedMax += bytes;
  }

  /** Looks how much of the room is taken, beside `onTheWay` bytes of commits that are not durable yet: mostly far less than they might have. */
  async measure(onTheWay: number): Promise<void> {
    // A damaged file may say that it uses more than it has: to make room for that would fill the disk.
    const { size } = await this.#file.stat();
    this.#usedMax = Math.min(await usedBytes(this.#file), size) + onTheWay;
  }

  /**
   * Makes room for the next commit, and for `wanted` bytes if that is not too much and the disk has it. To be called while nothing is being written:
   * LMDB must not use what is behind the file's end at the same time. Nothing is synced by it: the next commit does that.
   * Rejects with the error of the file system when there is no room for the next commit.
   */
  async grow(next: number, wanted: number): Promise<void> {
    await this.measure(0);
    this.#bytes = (await this.#file.stat()).size;
    const ahead = Math.min(Math.max(wanted, AHEAD_BYTES), AHEAD_MAX_BYTES);
    const end = this.#usedMax + Math.max(next, ahead);
    try {
      while (this.#bytes < end)
        this.#bytes += (await this.#file.write(ZEROS, 0, STEP_BYTES, this.#bytes)).bytesWritten;
    } catch (error) {
      if (!this.has(next)) throw error;
    }
  }

  /**
   * Writes a zero where nothing is, once in a while: a file system that has become read-only, or fails, is met here as an error,
   * and not by LMDB, which may end the process over it (see above). To be called while nothing is being written, with room behind the
   * next commit, of so many bytes. Rejects with the error of the file system.
   */
  async tryWrite(next: number): Promise<void> {
    const nowMs = performance.now();
    if (nowMs - this.#triedMs < TRY_EVERY_MS || this.#usedMax + next >= this.#bytes) return;
    await this.#file.write(ZEROS, 0, 1, this.#bytes - 1);
    this.#triedMs = nowMs;
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/**
 * Bytes of new pages that a commit takes at most: each row a leaf of its own (there are no more leaves than pages), a quarter
 * on top for branches, what is new at half a page full, and large values whole.
 */
export function bytesOfCommit(writes: readonly TableWrite[]): number {
  let pages = PAGES_PER_COMMIT + writes.length * 1.25;
  for (const { key, value } of writes) {
    const bytes = key.length + value.length + 32;
    pages += value.length > INLINE_BYTES ? 1 + Math.ceil(bytes / PAGE_BYTES) : (2 * bytes) / PAGE_BYTES;
  }
  return Math.ceil(pages) * PAGE_BYTES;
}
