import type { JournalRecord } from '../../journal.js';
import {
  ALIGNMENT,
  GROUP_HEAD_BYTES,
  type GroupHead,
  groupBytes,
  isBodySound,
  readGroupHead,
  RECORD_HEAD_BYTES,
  SEGMENT_HEAD_BYTES,
} from './segment-format.js';

/** A sound group: where it is in the bytes of its segment, and what it holds. */
export interface FoundGroup {
  readonly at: number;
  readonly head: GroupHead;
}

/** Told of bytes that were written once and cannot be read: entries from `from` to `to`, exclusive, are missing. */
export type GapListener = (from: number, to: number) => void;

/** What was found in a segment. */
export interface SegmentScan {
  /** Where the next group goes. */
  readonly end: number;
  /** Position after the last entry. */
  readonly position: number;
  /** Up to where bytes are not zero behind `end`: what a cut left of a group that nobody was told of. */
  readonly tornTo: number;
}

/**
 * Goes through the groups of a segment, in order. One group at a time is on its way to the disk, so a group that is broken with a sound
 * one behind it was once whole: it is damaged, and told of. With none behind it, it is what a cut left of the last write.
 *
 * @param bytes of the whole segment
 * @param from position of the first entry, and the seed of the journal
 */
export function scanSegment(
  bytes: Buffer,
  from: { readonly position: number; readonly seed: number },
  found: (group: FoundGroup) => void,
  gap: GapListener,
): SegmentScan {
  const place = { at: SEGMENT_HEAD_BYTES, end: lastByte(bytes, SEGMENT_HEAD_BYTES), ...from };
  for (;;) {
    const next = soundGroup(bytes, place);
    if (next === undefined) break;
    if (next.head.position > place.position) gap(place.position, next.head.position);
    found(next);
    place.at = next.at + groupBytes(next.head.bodyBytes);
    place.position = next.head.position + next.head.count;
  }
  return { end: place.at, position: place.position, tornTo: Math.max(place.at, place.end) };
}

/** The first sound group at `at` or behind it, before `end`, whose entries come after `position`. */
export function soundGroup(
  bytes: Buffer,
  { at, end, position, seed }: Record<'at' | 'end' | 'position' | 'seed', number>,
): FoundGroup | undefined {
  for (let i = at; i < end; i += ALIGNMENT) {
    const head = readGroupHead(bytes, i, seed);
    if (head !== undefined && head.position >= position && isBodySound(bytes, i, head, seed))
      return { at: i, head };
  }
  return undefined;
}

/** Records of a sound group; their bytes are views. */
export function* recordsOf(bytes: Buffer, { at, head }: FoundGroup): Generator<JournalRecord> {
  let position = head.position;
  const end = at + GROUP_HEAD_BYTES + head.bodyBytes;
  for (let i = at + GROUP_HEAD_BYTES; i < end;) {
    const length = bytes.readUInt32LE(i);
    const count = bytes.readUInt32LE(i + 4);
    const from = i + RECORD_HEAD_BYTES;
    yield { position, count, bytes: bytes.subarray(from, from + length) };
    position += count;
    i = from + length;
  }
}

const ZEROS = Buffer.alloc(64 * 1024);

/** Place behind the last byte that is not zero, at `from` or behind it; `from` when there is none. */
export function lastByte(bytes: Buffer, from: number): number {
  let end = bytes.length;
  while (end > from) {
    const start = Math.max(from, end - ZEROS.length);
    if (bytes.compare(ZEROS, 0, end - start, start, end) !== 0) break;
    end = start;
  }
  while (end > from && bytes[end - 1] === 0) end--;
  return end;
}
