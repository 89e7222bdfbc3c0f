import { closeSync, existsSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { JournalRecord } from '../journal.js';
import {
  groupBytes,
  readSegmentHead,
  SEGMENT_HEAD_BYTES,
  type SegmentHead,
  segmentHead,
  seedOf,
} from '../journal-file/segments/segment-format.js';
import { type Segment, segmentsIn } from '../journal-file/segments/segment-list.js';
import {
  type FoundGroup,
  recordsOf,
  scanSegment,
  type SegmentScan,
} from '../journal-file/segments/segment-scan.js';

/** What the tables of a store say of the journal beside them. */
export interface ExpectedJournal {
  /** False: there is none in files yet, whatever lies there. */
  readonly isThere: boolean;
  /** What its segments say that they are of; undefined: that cannot be read. */
  readonly id: Uint8Array | undefined;
  /** Position after the last entry of the journal in the table of earlier versions. */
  readonly olderEnd: number;
  /** The tables contain the entries before it. */
  readonly rowsTo: number;
  /** Of the entries in files, those before it may have been dropped. */
  readonly neededFrom: number;
  /** Entries before it may be missing all the same. */
  readonly lostTo: number;
}

/** Who hears of what is found. */
export interface JournalListener {
  /** A sentence for everything that is broken, in order of its place; the first one names the first broken byte. */
  readonly broken?: (problem: string) => void;
  /** A record of `segment` that is sound; its bytes are a view. */
  readonly record?: (record: JournalRecord, segment: string) => void;
}

/** What was found of a journal in files. */
export interface LookedJournal {
  /** Position of the first entry; undefined when there is no file. */
  readonly start: number | undefined;
  /** Position after the last one that can be read. */
  readonly end: number;
  /** Undefined also when bytes of it are damaged. */
  readonly lost: LostJournal | undefined;
}

/** A journal that is not that of the store, or not all of it. */
export interface LostJournal {
  /** In words that follow "its journal". */
  readonly why: string;
  /** False when there is nothing that the store could go on with. */
  readonly isOwn: boolean;
}

/** Journals of so many bytes are looked at whole at every start, and of longer ones the newest: some 0.1 s. */
const START_BYTES_MAX = 64 * 1024 * 1024;

/**
 * Looks at the files of a journal that nobody writes to: heads, checksums of all groups, and that the entries follow each other without
 * a hole. What a cut left behind the last group is no damage, unless the tables contain entries that should be there. Without
 * `isWhole` only the newest segments are read whole.
 */
export function lookAtJournal(
  folder: string,
  expected: ExpectedJournal,
  isWhole: boolean,
  listener: JournalListener = {},
): LookedJournal {
  if (!expected.isThere) return { start: undefined, end: expected.olderEnd, lost: undefined };
  const segments = existsSync(folder) ? segmentsIn(folder) : [];
  const look = new JournalLook(folder, segments, expected, listener);
  return look.run(isWhole);
}

class JournalLook {
  readonly #folder: string;
  readonly #segments: readonly Segment[];
  readonly #expected: ExpectedJournal;
  readonly #listener: JournalListener;
  readonly #seed: number;
  #lost: LostJournal | undefined;

  constructor(
    folder: string,
    segments: readonly Segment[],
    expected: ExpectedJournal,
    listener: JournalListener,
  ) {
    this.#folder = folder;
    this.#segments = segments;
    this.#expected = expected;
    this.#listener = listener;
    this.#seed = expected.id === undefined ? 0 : seedOf(expected.id);
  }

  run(isWhole: boolean): LookedJournal {
    const { olderEnd, neededFrom } = this.#expected;
    const first = this.#segments.at(0);
    if (first === undefined) {
      this.#lose('is missing', false);
      return { start: undefined, end: olderEnd, lost: this.#lost };
    }
    this.#checkHole(neededFrom, first.position);
    const from = isWhole ? 0 : this.#newest();
    let end = first.position;
    for (const [i, segment] of this.#segments.entries())
      end = i < from ? this.#head(segment) : this.#segment(segment, i);
    return { start: first.position, end, lost: this.#lost };
  }

  /** Index of the first segment that is read at a start. */
  #newest(): number {
    let bytes = 0;
    let from = this.#segments.length - 1;
    for (let i = from; i >= 0; i--) {
      bytes += statSync(this.#path(this.#segments[i])).size;
      if (bytes > START_BYTES_MAX) break;
      from = i;
    }
    return from;
  }

  /** Looks at the head alone. */
  #head(segment: Segment): number {
    const bytes = Buffer.alloc(SEGMENT_HEAD_BYTES);
    const file = openSync(this.#path(segment), 'r');
    try {
      readSync(file, bytes, 0, bytes.length, 0);
    } finally {
      closeSync(file);
    }
    this.#checkHead(segment, bytes);
    return segment.position;
  }

  /** Looks at all of a segment; returns the position after its last entry that counts. */
  #segment(segment: Segment, index: number): number {
    const bytes = readFileSync(this.#path(segment));
    if (!this.#checkHead(segment, bytes)) return segment.position;
    const groups: FoundGroup[] = [];
    const gaps: [number, number][] = [];
    const scan = scanSegment(
      bytes,
      { position: segment.position, seed: this.#seed },
      (group) => groups.push(group),
      (from, to) => gaps.push([from, to]),
    );
    const next = this.#segments.at(index + 1)?.position;
    for (const [from, to] of gaps) this.#damaged(segment, placeBefore(groups, to), from, to);
    this.#checkEnd(segment, scan, next);
    for (const group of groups)
      for (const record of recordsOf(bytes, group))
        if (next === undefined || record.position < next) this.#listener.record?.(record, segment.name);
    return next === undefined ? scan.position : Math.min(scan.position, next);
  }

  /** False for a segment that is another journal's. */
  #checkHead(segment: Segment, bytes: Buffer): boolean {
    const head = this.#headIn(segment, bytes);
    const { id } = this.#expected;
    if (head === undefined || id === undefined) return true;
    const isOwn = Buffer.compare(head.id, id) === 0;
    if (!isOwn) this.#lose(`is that of another store: ${segment.name} says so`, false);
    else if (head.position !== segment.position || head.epoch !== segment.epoch)
      this.#lose(`is not in order: ${segment.name} has the head of another segment`, false);
    return isOwn;
  }

  /** Undefined for a damaged one, whose name says the same, and for one that was not begun when the process ended. */
  #headIn(segment: Segment, bytes: Buffer): SegmentHead | undefined {
    const head = readSegmentHead(bytes);
    const found = bytes.subarray(0, SEGMENT_HEAD_BYTES);
    const isLast = segment === this.#segments.at(-1);
    const isBegun = !isLast || found.some((byte) => byte !== 0);
    // Of its two copies one is enough to go on with.
    if (head === undefined ? isBegun : Buffer.compare(segmentHead(head), found) !== 0)
      this.#broken(segment, `its head, in bytes 0 to ${SEGMENT_HEAD_BYTES - 1}, is damaged`);
    return head;
  }

  /** `next`: where the segment behind it begins, undefined for the last one. */
  #checkEnd(segment: Segment, { end, position, tornTo }: SegmentScan, next: number | undefined): void {
    const { rowsTo } = this.#expected;
    const expected = next ?? rowsTo;
    if (position >= expected) return;
    if (tornTo > end) this.#damaged(segment, end, position, expected);
    else if (next !== undefined) this.#checkHole(position, next);
    else
      this.#lose(
        `ends before entry ${position}, and the rows beside it contain those up to ${rowsTo - 1}: it is older than they are, or was cut off`,
      );
  }

  /** Entries from `from` on, before `to`, are not there. */
  #checkHole(from: number, to: number): void {
    if (from < to && to > this.#expected.lostTo) this.#lose(`lacks the entries from ${from} to ${to - 1}`);
  }

  #damaged(segment: Segment, at: number, from: number, to: number): void {
    this.#broken(segment, `the entries from ${from} to ${to - 1}, from byte ${at} on, are damaged`);
  }

  #broken({ name }: Segment, problem: string): void {
    this.#listener.broken?.(`journal ${name}: ${problem}`);
  }

  #lose(why: string, isOwn = true): void {
    if (this.#lost === undefined || (this.#lost.isOwn && !isOwn)) this.#lost = { why, isOwn };
    this.#listener.broken?.(`its journal ${why}`);
  }

  #path({ name }: Segment): string {
    return join(this.#folder, name);
  }
}

/** Where the damaged bytes begin that stand before the group with the entries from `to` on. */
function placeBefore(groups: readonly FoundGroup[], to: number): number {
  const after = groups.findIndex(({ head }) => head.position === to);
  return after <= 0 ? SEGMENT_HEAD_BYTES : endOf(groups[after - 1]);
}

function endOf({ at, head }: FoundGroup): number {
  return at + groupBytes(head.bodyBytes);
}
