import { constants, type FileHandle, open, rm } from 'node:fs/promises';
import { fstat, write as writeBytes } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Segment } from './segment-list.js';
import { StoreMovedError } from '../../places/store-moved-error.js';

const CHUNK = Buffer.alloc(512 * 1024);
/** Between two chunks that nobody waits for. */
const PAUSE_MS = 20;
/** How old a look at the name may be. */
const LOOK_EVERY_MS = 250;

/** Name of a segment that was prepared and has no name of its own yet. */
export function spareName(epoch: number): string {
  return `spare-${epoch}.segment`;
}

/** True for what `spareName` gives. */
export function isSpareName(name: string): boolean {
  return /^spare.*\.segment$/.test(name);
}

/**
 * A file of one size, made of zeros before anything is written to it: a write changes its bytes alone, and one sync of them is enough. What
 * is written is on the disk when it is told (O_DSYNC).
 */
export class SegmentFile {
  path: string;
  readonly bytes: number;
  readonly #handle: FileHandle;
  #segment: Segment | undefined;
  #lookedMs = -Infinity;

  private constructor(path: string, handle: FileHandle, bytes: number) {
    this.path = path;
    this.#handle = handle;
    this.bytes = bytes;
  }

  /** Makes a file of zeros; resolves when it is on the disk, but for its name. Whatever is at `path` is replaced. */
  static async prepare(path: string, bytes: number, isUrgent: () => boolean): Promise<SegmentFile> {
    await rm(path, { force: true });
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_DSYNC;
    const handle = await open(path, flags);
    const file = new SegmentFile(path, handle, bytes);
    try {
      for (let at = 0; at < bytes; at += CHUNK.length) {
        await file.written(CHUNK.subarray(0, Math.min(CHUNK.length, bytes - at)), at);
        if (!isUrgent()) await pause(PAUSE_MS);
      }
      return file;
    } catch (error) {
      await file.remove().catch(() => undefined);
      throw error;
    }
  }

  /** It has its name now. */
  named(segment: Segment): void {
    this.#segment = segment;
    this.path = join(dirname(this.path), segment.name);
  }

  get segment(): Segment {
    if (this.#segment === undefined) throw new Error(`${this.path} has no name of its own`);
    return this.#segment;
  }

  /** Calls `done` when the bytes are on the disk, or could not be written. `bytes` must not change until then. */
  write(bytes: Uint8Array, at: number, done: (error: Error | null) => void): void {
    const { fd } = this.#handle;
    writeBytes(fd, bytes, 0, bytes.length, at, (error, written) => {
      if (error !== null) done(error);
      else if (written < bytes.length) this.write(bytes.subarray(written), at + written, done);
      else done(null);
    });
  }

  /** As `write`. */
  written(bytes: Uint8Array, at: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.write(bytes, at, (error) => (error === null ? resolve() : reject(error)));
    });
  }

  /** Calls `done` with why it has no name any more; looks now and then. */
  check(done: (problem?: Error) => void): void {
    const nowMs = performance.now();
    if (nowMs - this.#lookedMs < LOOK_EVERY_MS) return done();
    fstat(this.#handle.fd, (error, stats) => {
      if (error !== null) return done(error);
      if (stats.nlink === 0) return done(new StoreMovedError(this.path, 'was deleted'));
      this.#lookedMs = nowMs;
      done();
    });
  }

  /** Nothing more is written to it; zeros behind `unused` go back to the disk, if they can. */
  async retire(unused: number | undefined): Promise<void> {
    if (unused !== undefined) await this.#handle.truncate(unused).catch(() => undefined);
    await this.#handle.close().catch(() => undefined);
  }

  async remove(): Promise<void> {
    await this.#handle.close();
    await rm(this.path, { force: true });
  }
}
