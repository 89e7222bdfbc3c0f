import { existsSync, statfsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/**
 * Room that is left alone on a disk: with less, nothing that can wait is written. What cannot wait (the last bytes of a
 * commit, a file that is renamed into its place) then still finds room, and other programs some time to notice.
 */
export const DISK_RESERVE_BYTES = 16 * 2 ** 20;

/** A look is that old at most. */
const LOOK_EVERY_MS = 250;

/** What an error about a disk without room knows besides. */
export interface LackOfRoom {
  /** Bytes that were to be written beside the reserve; 0: a little. */
  readonly neededBytes?: number;
  readonly cause?: unknown;
}

/** A disk has no room for what is to be written; once it has some again the same call works. */
export class DiskFullError extends Error {
  /** What was to be written to. */
  readonly folder: string;

  /** @param freeBytes there are. @param neededBytes beside the reserve, for what was to be written. */
  constructor(folder: string, freeBytes: number, { neededBytes = 0, cause }: LackOfRoom = {}) {
    const leastBytes = DISK_RESERVE_BYTES + neededBytes;
    // Commits wait for room; who asks for that of a whole copy is told at once, and nothing waits.
    const [what, next] = neededBytes === 0 ? ['', 'it goes on by itself'] : [' for this', 'try again'];
    super(
      `the disk of ${folder} is full: ${mebibytes(freeBytes, Math.floor)} MiB are free, and ${mebibytes(leastBytes, Math.ceil)} MiB are ` +
        `the least${what}. Nothing is lost; free some space there and ${next}`,
      { cause },
    );
    this.name = 'DiskFullError';
    this.folder = folder;
  }
}

/** Codes of the system for "no room": on the disk, in the quota, in the limit of a file's size. lmdb-js gives the numbers of Linux. */
const FULL: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG', 28, 122, 27]);
const FULL_TEXT = /no space left|disk quota exceeded|file too large|disk of .* is full/i;

/** True for an error that says, itself or in its causes, that a disk had no room. */
export function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof DiskFullError || FULL.has((error as NodeJS.ErrnoException).code)) return true;
  return FULL_TEXT.test(error.message) || isDiskFull(error.cause);
}

/** Bytes that are free on the disk of `folder`, which need not exist yet; Infinity where the file system does not say. */
export function freeBytesOf(folder: string): number {
  let there = resolve(folder);
  while (!existsSync(there) && dirname(there) !== there) there = dirname(there);
  try {
    const { bavail, bsize, blocks } = statfsSync(there);
    return blocks === 0 ? Infinity : bavail * bsize;
  } catch {
    return Infinity;
  }
}

/** As `freeBytesOf`, of a folder that is there. */
async function freeBytesAt(folder: string): Promise<number> {
  try {
    const { bavail, bsize, blocks } = await statfs(folder);
    return blocks === 0 ? Infinity : bavail * bsize;
  } catch {
    return Infinity;
  }
}

/** Whether a disk has room, looked at now and then. */
export class DiskSpace {
  readonly folder: string;
  readonly #freeBytes: (folder: string) => number;
  readonly #nowMs: () => number;
  #lookedMs = -Infinity;
  #free = Infinity;

  constructor(folder: string, freeBytes = freeBytesOf, nowMs = () => performance.now()) {
    this.folder = folder;
    this.#freeBytes = freeBytes;
    this.#nowMs = nowMs;
  }

  /** Free bytes; a quarter of a second old at most. */
  get free(): number {
    const nowMs = this.#nowMs();
    if (nowMs - this.#lookedMs < LOOK_EVERY_MS) return this.#free;
    this.#lookedMs = nowMs;
    this.#free = this.#freeBytes(this.folder);
    return this.#free;
  }

  /** Looks on another thread when the last look is too old: a disk that is busy may let this one wait. */
  async look(): Promise<void> {
    const nowMs = this.#nowMs();
    if (nowMs - this.#lookedMs < LOOK_EVERY_MS) return;
    this.#free =
      this.#freeBytes === freeBytesOf ? await freeBytesAt(this.folder) : this.#freeBytes(this.folder);
    this.#lookedMs = nowMs;
  }

  /** Whether less than the reserve is free now. */
  get isFull(): boolean {
    return this.#freeBytes(this.folder) < DISK_RESERVE_BYTES;
  }

  /** Whether `bytes` may be written beside the reserve. */
  hasRoomFor(bytes: number): boolean {
    return this.free >= DISK_RESERVE_BYTES + bytes;
  }

  /** What to say when there is no room. */
  fullError(lack?: LackOfRoom): DiskFullError {
    return new DiskFullError(this.folder, this.#freeBytes(this.folder), lack);
  }
}

/** @param round what is free down and what is needed up, so that the two never look the same. */
function mebibytes(bytes: number, round: (value: number) => number): string {
  return bytes < 2 ** 20 ? (round((bytes / 2 ** 20) * 10) / 10).toFixed(1) : String(round(bytes / 2 ** 20));
}
