import { fdatasync, write, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { DiskRetry } from '../../places/disk-retry.js';

const [writeSome, sync] = [promisify(write), promisify(fdatasync)];

/** Bytes of a slot, and of the head before the first: a slot never lies across the sectors of a disk. */
export const SLOT_BYTES = 128;
/** Slots that a file grows by, as zeros: a slot that is written later changes neither its length nor its blocks. */
const GROW_SLOTS = 512;
/** Errors of a disk that is full. */
const NO_ROOM: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT']);

export function placeOf(slot: number): number {
  return (1 + slot) * SLOT_BYTES;
}

/**
 * Slots of a file on their way to the disk, in other threads: whoever writes while the disk takes what was written before would wait for it.
 * What is written can be read here at once. A disk that has no room for it is tried again until it has; other errors end all that follows.
 */
export class SlotWriter {
  readonly #file: number;
  /** Not on their way yet, and on their way; by slot. Owned. */
  #waiting = new Map<number, Buffer>();
  #underWay: ReadonlyMap<number, Buffer> = new Map();
  /** Slots that the file has, and that it had before it began to grow. */
  #slots: number;
  #grown: number;
  #last: Promise<void> = Promise.resolve();
  /** What begins when the last one is through. */
  #next: Promise<void> | undefined;
  readonly #retry = new DiskRetry(() => {});

  /** `slots`: how many the file has. */
  constructor(file: number, slots: number) {
    this.#file = file;
    this.#slots = this.#grown = slots;
  }

  /** New slots, which are free. */
  grow(): number[] {
    const first = this.#slots;
    this.#slots += GROW_SLOTS;
    return Array.from({ length: GROW_SLOTS }, (_, i) => first + i);
  }

  /** @param bytes of the slot; the writer's from now on. */
  put(slot: number, bytes: Buffer): void {
    this.#waiting.set(slot, bytes);
  }

  /** What a slot will be; undefined when that is in the file. */
  get(slot: number): Buffer | undefined {
    return this.#waiting.get(slot) ?? this.#underWay.get(slot);
  }

  /** Overwrites a slot with zeros, in the file at once; after what is on its way as well. */
  wipe(slot: number): void {
    const zeros = Buffer.alloc(SLOT_BYTES);
    this.#waiting.delete(slot);
    if (this.#underWay.has(slot)) this.#waiting.set(slot, zeros);
    if (slot < this.#grown) writeSync(this.#file, zeros, 0, SLOT_BYTES, placeOf(slot));
  }

  /** Resolves when all that was written so far is on the disk; rejects with the error of the file system. */
  synced(): Promise<void> {
    if (this.#next === undefined) {
      this.#next = this.#last.then(() => this.#write());
      this.#last = this.#next;
    }
    return this.#next;
  }

  /** Resolves when nothing is on its way. What the disk does not take now is given up. */
  async ended(): Promise<void> {
    const givenUp = new Promise<void>((resolve) => this.#retry.lastTrial(resolve));
    await Promise.race([this.#last.catch(() => undefined), givenUp]);
  }

  async #write(): Promise<void> {
    this.#next = undefined;
    [this.#underWay, this.#waiting] = [this.#waiting, new Map()];
    for (let isDone = false; !isDone;) {
      isDone = await this.#tried();
      if (!isDone) await new Promise<void>((resolve) => this.#retry.later(resolve));
    }
    this.#underWay = new Map();
  }

  /** False when there is no room for it. All of it is written again then, for a sync that failed may have lost any of it. */
  async #tried(): Promise<boolean> {
    try {
      const slots = this.#slots;
      if (slots > this.#grown)
        await this.#writeAt(Buffer.alloc((slots - this.#grown) * SLOT_BYTES), placeOf(this.#grown));
      for (const { slot, bytes } of runsOf(this.#underWay)) await this.#writeAt(bytes, placeOf(slot));
      await sync(this.#file);
      this.#grown = slots;
      return true;
    } catch (error) {
      if (!NO_ROOM.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
      return false;
    }
  }

  async #writeAt(bytes: Buffer, at: number): Promise<void> {
    const { bytesWritten } = await writeSome(this.#file, bytes, 0, bytes.length, at);
    if (bytesWritten < bytes.length) throw Object.assign(new Error('a part was written'), { code: 'ENOSPC' });
  }
}

/** Slots that lie side by side go as one write. */
function runsOf(slots: ReadonlyMap<number, Buffer>): { readonly slot: number; readonly bytes: Buffer }[] {
  const runs: { readonly slot: number; readonly parts: Buffer[] }[] = [];
  for (const slot of [...slots.keys()].sort((a, b) => a - b)) {
    const run = runs.at(-1);
    if (run !== undefined && run.slot + run.parts.length === slot) run.parts.push(slots.get(slot)!);
    else runs.push({ slot, parts: [slots.get(slot)!] });
  }
  return runs.map(({ slot, parts }) => ({ slot, bytes: Buffer.concat(parts) }));
}
