import { closeSync, openSync, readSync } from 'node:fs';
import {
  GROUP_HEAD_BYTES,
  groupBytes,
  isBodySound,
  readGroupHead,
  SEGMENT_HEAD_BYTES,
} from './segment-format.js';
import { recordsOf } from './segment-scan.js';

/** Bytes that are read to begin with: a segment's head, and most groups. */
const FIRST_BYTES = 4_096;
/** A group beyond it is not read: whoever asks does without. */
const GROUP_BYTES_MAX = 1_048_576;

/** The first record of a segment; undefined when it has none, or when that cannot be read. Costs a read of one group. */
export function firstRecord(path: string, seed: number): Uint8Array | undefined {
  let file;
  try {
    file = openSync(path, 'r');
    return firstOf(file, seed);
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function firstOf(file: number, seed: number): Uint8Array | undefined {
  const start = bytesOf(file, FIRST_BYTES);
  // A head says how long its body is, and is sound only with all of it there.
  const bodyBytes =
    start.length < SEGMENT_HEAD_BYTES + GROUP_HEAD_BYTES ? 0 : start.readUInt32LE(SEGMENT_HEAD_BYTES + 8);
  if (bodyBytes === 0 || bodyBytes > GROUP_BYTES_MAX) return undefined;
  const bytes = bytesOf(file, SEGMENT_HEAD_BYTES + groupBytes(bodyBytes));
  const head = readGroupHead(bytes, SEGMENT_HEAD_BYTES, seed);
  if (head === undefined || !isBodySound(bytes, SEGMENT_HEAD_BYTES, head, seed)) return undefined;
  for (const record of recordsOf(bytes, { at: SEGMENT_HEAD_BYTES, head })) return record.bytes;
  return undefined;
}

/** So many bytes of a file from its start, or what it has. Throws the error of the file system. */
export function firstBytes(path: string, count: number): Buffer {
  const file = openSync(path, 'r');
  try {
    return bytesOf(file, count);
  } finally {
    closeSync(file);
  }
}

function bytesOf(file: number, count: number): Buffer {
  const bytes = Buffer.alloc(count);
  return bytes.subarray(0, readSync(file, bytes, 0, count, 0));
}
