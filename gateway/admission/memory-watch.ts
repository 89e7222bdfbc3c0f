import { openSync, readSync } from 'node:fs';
import { totalmem } from 'node:os';
import type { Clock } from '../../metrics/process/clock.js';

/** How old a reading may be. */
const READ_EVERY_US = 250_000;
const PAGE_BYTES = 4_096;

/**
 * Whether the process is near the end of the memory that it may use. Reads at most four times a second, when asked. A reading that
 * fails changes nothing: it is asked where nothing may be thrown.
 */
export class MemoryWatch {
  readonly #maxBytes: number;
  readonly #clock: Clock;
  readonly #readBytes: () => number;
  #readUs = -Infinity;
  #isFull = false;

  /** @param maxPercent of the container's memory, else the machine's; 0: never full. */
  constructor(maxPercent: number, clock: Clock, readBytes: () => number = ownMemory()) {
    this.#maxBytes = maxPercent === 0 ? Infinity : (usableBytes() * maxPercent) / 100;
    this.#clock = clock;
    this.#readBytes = readBytes;
  }

  get isFull(): boolean {
    const nowUs = this.#clock.nowUs();
    if (nowUs - this.#readUs < READ_EVERY_US) return this.#isFull;
    this.#readUs = nowUs;
    try {
      this.#isFull = this.#readBytes() > this.#maxBytes;
    } catch {
      // What was read last holds.
    }
    return this.#isFull;
  }
}

/** What the process may use: the limit of its control group where there is one. */
export function usableBytes(): number {
  const limit = process.constrainedMemory() ?? 0;
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

let reader: (() => number) | undefined;

/**
 * Reads resident memory without pages of files, which the kernel takes back when it needs them; with them where that cannot be
 * told. One file for the whole process, and it stays open: a process without a file to spare can still read it.
 */
function ownMemory(): () => number {
  return (reader ??= openOwnMemory());
}

function openOwnMemory(): () => number {
  const bytes = Buffer.alloc(256);
  try {
    const file = openSync('/proc/self/statm', 'r');
    return () => {
      const text = bytes.toString('latin1', 0, readSync(file, bytes, 0, bytes.length, 0));
      const [, resident, shared] = text.split(' ', 3);
      return (Number(resident) - Number(shared)) * PAGE_BYTES;
    };
  } catch {
    return () => process.memoryUsage.rss();
  }
}
