import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import type { Clock } from '../../metrics/process/clock.js';

/** How old a reading may be. */
const READ_EVERY_US = 250_000;
const PAGE_BYTES = 4_096;

/** Whether the process is near the end of the memory that it may use. Reads at most four times a second, when asked. */
export class MemoryWatch {
  readonly #maxBytes: number;
  readonly #clock: Clock;
  readonly #readBytes: () => number;
  #readUs = -Infinity;
  #isFull = false;

  /** @param maxPercent of the container's memory, else the machine's; 0: never full. */
  constructor(maxPercent: number, clock: Clock, readBytes: () => number = ownBytes) {
    this.#maxBytes = maxPercent === 0 ? Infinity : (usableBytes() * maxPercent) / 100;
    this.#clock = clock;
    this.#readBytes = readBytes;
  }

  get isFull(): boolean {
    const nowUs = this.#clock.nowUs();
    if (nowUs - this.#readUs < READ_EVERY_US) return this.#isFull;
    this.#readUs = nowUs;
    this.#isFull = this.#readBytes() > this.#maxBytes;
    return this.#isFull;
  }
}

/** What the process may use: the limit of its control group where there is one. */
export function usableBytes(): number {
  const limit = process.constrainedMemory() ?? 0;
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

/** Resident memory without pages of files, which the kernel takes back when it needs them; with them where that cannot be told. */
function ownBytes(): number {
  try {
    const [, resident, shared] = readFileSync('/proc/self/statm', 'latin1').split(' ', 3);
    return (Number(resident) - Number(shared)) * PAGE_BYTES;
  } catch {
    return process.memoryUsage.rss();
  }
}
