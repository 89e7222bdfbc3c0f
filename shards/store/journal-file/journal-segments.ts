import { join } from 'node:path';
import { removeFileDurably } from '../../../metrics/process/durable-files.js';
import { faultPoint } from '../../../metrics/process/fault-point.js';
import type { JournalPiece } from '../journal.js';
import type { KeptSegment } from './segment-recovery.js';
import { firstRecord } from './segments/first-record.js';
import { copySegments } from './segments/segment-copy.js';

/** Where the segments are. */
export interface SegmentsPlace {
  readonly folder: string;
  /** Of the journal (`seedOf`). */
  readonly seed: number;
}

/**
 * The segments of a journal that is open, oldest first; the last one is being written. Those before it are read, copied, and removed
 * when nobody needs them any more.
 */
export class JournalSegments {
  readonly #place: SegmentsPlace;
  readonly #list: KeptSegment[];
  /** Of all segments but the last. */
  #closedBytes = 0;
  /** Copies under way. */
  #holds = 0;
  #dropping: Promise<void> = Promise.resolve();

  /** @param segments as they were found, the last one new; kept and changed. */
  constructor(place: SegmentsPlace, segments: KeptSegment[]) {
    this.#place = place;
    this.#list = segments;
    for (const { bytes } of segments.slice(0, -1)) this.#closedBytes += bytes;
  }

  /** Position of the first entry. */
  get start(): number {
    return this.#list[0].position;
  }

  /** Of the files of all segments but the last. */
  get closedBytes(): number {
    return this.#closedBytes;
  }

  /** Those of now. */
  all(): readonly KeptSegment[] {
    return [...this.#list];
  }

  /** The last one is complete with so many bytes, 0 for one without an entry, which has given its name to `next`. */
  goOn(bytes: number, next: KeptSegment): void {
    const [last] = this.#list.splice(-1, 1);
    if (bytes > 0) {
      this.#list.push({ ...last, bytes });
      this.#closedBytes += bytes;
    }
    this.#list.push(next);
  }

  /** Segments before the last one; none while a copy is under way. */
  *pieces(): Generator<JournalPiece> {
    const { folder, seed } = this.#place;
    const segments = this.all();
    for (let i = 0; i + 1 < segments.length && this.#holds === 0; i++) {
      const next = segments[i + 1];
      yield {
        end: next.position,
        bytes: segments[i].bytes,
        // What comes next is at least as young.
        newest: () => firstRecord(join(folder, next.name), seed),
      };
    }
  }

  /** Nothing is dropped until the function that this returns is called: a copy of what needs it is under way. */
  hold(): () => void {
    this.#holds++;
    let isHeld = true;
    return () => {
      if (isHeld) this.#holds--;
      isHeld = false;
    };
  }

  /** Removes those all of whose entries are before `position`, one call after the other; resolves when they are gone from the disk. */
  drop(position: number): Promise<void> {
    const dropped = this.#dropping.then(() => this.#drop(position));
    this.#dropping = dropped.catch(() => undefined);
    return dropped;
  }

  /** Resolves when no segment is being removed. */
  settled(): Promise<void> {
    return this.#dropping;
  }

  /**
   * Copies what is on the disk by now into `folder`; `written` says how much that is when nothing is being removed any more, of the last
   * segment and as a position. Resolves with that position when the copy is on the disk. `signal` ends it.
   */
  async copyTo(folder: string, written: () => WrittenPart, signal?: AbortSignal): Promise<number> {
    const release = this.hold();
    try {
      // One that is being removed is not among them.
      await this.#dropping;
      const { end, lastBytes } = written();
      await copySegments(this.#place.folder, folder, { segments: this.all(), lastBytes }, signal);
      return end;
    } finally {
      release();
    }
  }

  /** Oldest first, one at a time: what is left has no hole, whenever the power goes. */
  async #drop(position: number): Promise<void> {
    while (this.#holds === 0 && this.#list.length > 1 && this.#list[1].position <= position) {
      const [oldest] = this.#list.splice(0, 1);
      try {
        faultPoint('journal.dropping');
        await removeFileDurably(join(this.#place.folder, oldest.name));
        faultPoint('journal.dropped');
        this.#closedBytes -= oldest.bytes;
      } catch (error) {
        this.#list.unshift(oldest);
        throw error;
      }
    }
  }
}

/** What of a journal is on the disk. */
export interface WrittenPart {
  /** Position after the last entry. */
  readonly end: number;
  /** Of the last segment. */
  readonly lastBytes: number;
}
