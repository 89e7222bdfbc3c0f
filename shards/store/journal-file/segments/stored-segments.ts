import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { JournalPiece, JournalRecord } from '../../journal.js';
import { firstBytes } from './first-record.js';
import { groupBytes, readSegmentHead, SEGMENT_HEAD_BYTES, seedOf } from './segment-format.js';
import { type Segment, segmentsIn } from './segment-list.js';
import { type ReadGroup, type ReadPlace, SegmentReader } from './segment-reader.js';
import { type GapListener, recordsOf, scanSegment } from './segment-scan.js';

/**
 * Records of segments from `position` on and before `end`, oldest first. Reads no more than is taken; a segment that is not there any more
 * was dropped meanwhile. Of a segment counts what is before the next one; what lacks up to there is told of.
 */
export function* recordsFrom(
  folder: string,
  segments: readonly Segment[],
  wanted: RecordsWanted,
): Generator<JournalRecord> {
  const { position, end, seed, mark } = wanted;
  const first = segments.findLastIndex((segment) => segment.position <= position);
  for (let i = Math.max(0, first); i < segments.length; i++) {
    const { name, position: from } = segments[i];
    const reader = ifThere(() => new SegmentReader(join(folder, name), seed));
    if (reader === undefined) continue;
    const place = { at: SEGMENT_HEAD_BYTES, position: from };
    if (mark?.name === name && mark.position <= position) Object.assign(place, mark);
    try {
      const limit = Math.min(end, segments.at(i + 1)?.position ?? end);
      for (const group of groupsOf(reader, place, { ...wanted, end: limit })) {
        if (mark !== undefined)
          Object.assign(mark, { name, at: group.placeAt, position: group.head.position });
        for (const record of recordsOf(group.bytes, group))
          if (record.position + record.count > position && record.position < limit) yield record;
      }
    } finally {
      reader.close();
    }
  }
}

/** Groups with entries that are wanted. */
function* groupsOf(
  reader: SegmentReader,
  place: ReadPlace,
  { position, end, onGap }: RecordsWanted,
): Generator<ReadGroup & { readonly placeAt: number }> {
  const gap: GapListener = (from, to) => {
    if (to > position && from < end) onGap(from, Math.min(to, end));
  };
  while (place.position < end) {
    const group = reader.next(place, gap);
    if (group === undefined) return gap(place.position, end);
    if (place.position > position) yield { ...group, placeAt: place.at - groupBytes(group.head.bodyBytes) };
  }
}

/** What of a journal is read. */
export interface RecordsWanted {
  readonly position: number;
  readonly end: number;
  /** Of the journal (`seedOf`). */
  readonly seed: number;
  readonly onGap: GapListener;
  /** Where the last one read was, which is kept here: who goes on reading from there finds it at once. */
  readonly mark?: ReadMark;
}

/** A group of a segment. */
export interface ReadMark extends ReadPlace {
  name: string;
}

/** Undefined for a file that is not there. */
function ifThere<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The segments of a journal that may be open elsewhere, as they are now; nothing is changed. */
export class StoredSegments {
  readonly #folder: string;
  readonly #segments: readonly Segment[];
  readonly #onGap: GapListener;
  readonly #seed: number;
  /** Position of the first entry, and after the last; undefined when there are no segments. */
  readonly start: number | undefined;
  readonly end: number;

  constructor(folder: string, onGap: GapListener) {
    this.#folder = folder;
    this.#segments = existsSync(folder) ? segmentsIn(folder) : [];
    this.#onGap = onGap;
    const id = idIn(folder, this.#segments);
    this.#seed = id === undefined ? 0 : seedOf(id);
    this.start = this.#segments.at(0)?.position;
    this.end = this.#endOf(this.#segments.at(-1));
  }

  #endOf(last: Segment | undefined): number {
    if (last === undefined) return 0;
    const bytes = ifThere(() => readFileSync(join(this.#folder, last.name)));
    if (bytes === undefined) return last.position;
    const from = { position: last.position, seed: this.#seed };
    return scanSegment(bytes, from, () => undefined, this.#onGap).position;
  }

  /** What its files take. */
  get bytes(): number {
    return this.#segments.reduce((sum, { name }) => sum + statSync(join(this.#folder, name)).size, 0);
  }

  /** None: nothing is dropped of what is only read. */
  pieces(): Iterable<JournalPiece> {
    return [];
  }

  from(position: number): Generator<JournalRecord> {
    const { end } = this;
    return recordsFrom(this.#folder, this.#segments, { position, end, seed: this.#seed, onGap: this.#onGap });
  }
}

/** Number of the journal that these segments are of, as the first head says that can be read; undefined when none can. */
export function idIn(
  folder: string,
  segments: readonly Segment[] = segmentsIn(folder),
): Uint8Array | undefined {
  for (const { name } of segments) {
    const bytes = ifThere(() => firstBytes(join(folder, name), SEGMENT_HEAD_BYTES));
    const head = bytes && readSegmentHead(bytes);
    if (head !== undefined) return head.id;
  }
  return undefined;
}
