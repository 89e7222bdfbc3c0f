import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { GROUP_HEAD_BYTES, groupBytes, isBodySound, readGroupHead } from './segment-format.js';
import { type FoundGroup, type GapListener, lastByte, soundGroup } from './segment-scan.js';

/** Bytes read at a time. */
const WINDOW_BYTES = 64 * 1024;

/** A sound group, and the bytes that it is in. */
export interface ReadGroup extends FoundGroup {
  readonly bytes: Buffer;
}

/** Where a reader has come in a segment: the place of its next group, and the position that it has at least. */
export interface ReadPlace {
  at: number;
  position: number;
}

/** Gives the groups of a segment as `scanSegment` finds them, in order; reads no more of it than is taken. */
export class SegmentReader {
  readonly #file: number;
  readonly #size: number;
  readonly #seed: number;
  #window: Buffer = Buffer.alloc(0);
  /** Of the window, in the file. */
  #windowAt = 0;

  /** Throws the error of the file system. */
  constructor(path: string, seed: number) {
    this.#file = openSync(path, 'r');
    this.#size = fstatSync(this.#file).size;
    this.#seed = seed;
  }

  close(): void {
    closeSync(this.#file);
  }

  /** The next group, behind which `place` is moved. Told of are entries that are missing before it; undefined behind the last group. */
  next(place: ReadPlace, gap: GapListener): ReadGroup | undefined {
    const group = this.#groupAt(place) ?? this.#groupBehind(place);
    if (group === undefined) return undefined;
    const { position, count, bodyBytes } = group.head;
    if (position > place.position) gap(place.position, position);
    place.at = this.#windowAt + group.at + groupBytes(bodyBytes);
    place.position = position + count;
    return group;
  }

  #groupAt({ at, position }: ReadPlace): ReadGroup | undefined {
    if (!this.#load(at, GROUP_HEAD_BYTES)) return undefined;
    // How long its body is it says before it is known to be sound.
    const bodyBytes = this.#window.readUInt32LE(at - this.#windowAt + 8);
    if (!this.#load(at, GROUP_HEAD_BYTES + bodyBytes)) return undefined;
    const bytes = this.#window;
    const from = at - this.#windowAt;
    const head = readGroupHead(bytes, from, this.#seed);
    if (head === undefined || head.position < position || !isBodySound(bytes, from, head, this.#seed))
      return undefined;
    return { at: from, head, bytes };
  }

  /** What stands at the place is no sound group: looks through the rest. */
  #groupBehind({ at, position }: ReadPlace): ReadGroup | undefined {
    if (at >= this.#size || !this.#load(at, this.#size - at)) return undefined;
    const bytes = this.#window;
    const from = at - this.#windowAt;
    const found = soundGroup(bytes, { at: from, end: lastByte(bytes, from), position, seed: this.#seed });
    return found && { ...found, bytes };
  }

  /** Makes the window hold so many bytes from `at` on; false when the file has not as many. */
  #load(at: number, count: number): boolean {
    if (at + count > this.#size) return false;
    if (at >= this.#windowAt && at + count <= this.#windowAt + this.#window.length) return true;
    const window = Buffer.allocUnsafe(Math.min(Math.max(count, WINDOW_BYTES), this.#size - at));
    let filled = 0;
    while (filled < window.length) {
      const read = readSync(this.#file, window, filled, window.length - filled, at + filled);
      if (read === 0) break;
      filled += read;
    }
    this.#window = window.subarray(0, filled);
    this.#windowAt = at;
    return filled >= count;
  }
}
