import { crc32 } from 'node:zlib';

/**
 * Bytes of a segment, all numbers little-endian: its head, once more its head, then groups, each at a multiple of 8, then
 * zeros to the end of the file.
 *
 * Head: u32 magic, u32 version, f64 position of its first entry, 16 bytes of the journal's id, u32 epoch, u32 CRC-32 of all before it.
 * Group: u32 magic, u32 CRC-32 of the 24 bytes behind it, u32 bytes of the body, u32 entries, f64 position of the first of
 * them, u32 CRC-32 of the body, u32 records; then the body, each record as u32 bytes, u32 entries, and its bytes.
 * The checksums of a group begin with the journal's id, which nobody outside knows: what somebody sends is never taken for a group.
 */
const SEGMENT_MAGIC = 0x4a434131; // "1ACJ"
const SEGMENT_VERSION = 1;
const HEAD_BYTES = 40;
const HEAD_COPIES = 2;
/** Where groups begin. */
export const SEGMENT_HEAD_BYTES = HEAD_COPIES * HEAD_BYTES;
const GROUP_MAGIC = 0x50524731; // "1GRP"
export const GROUP_HEAD_BYTES = 32;
export const RECORD_HEAD_BYTES = 8;
export const ID_BYTES = 16;
/** Groups begin at multiples of it. */
export const ALIGNMENT = 8;

/** What the head of a segment says. */
export interface SegmentHead {
  readonly position: number;
  /** Of the journal. */
  readonly id: Uint8Array;
  /** Of the opening that began it. */
  readonly epoch: number;
}

/** The heads that a segment begins with, `SEGMENT_HEAD_BYTES`. */
export function segmentHead({ position, id, epoch }: SegmentHead): Buffer {
  const heads = Buffer.alloc(SEGMENT_HEAD_BYTES);
  heads.writeUInt32LE(SEGMENT_MAGIC, 0);
  heads.writeUInt32LE(SEGMENT_VERSION, 4);
  heads.writeDoubleLE(position, 8);
  heads.set(id, 16);
  heads.writeUInt32LE(epoch, 32);
  heads.writeUInt32LE(crc32(heads.subarray(0, 36)), 36);
  heads.copyWithin(HEAD_BYTES, 0, HEAD_BYTES);
  return heads;
}

/** Undefined for bytes with no head that can be read. Throws for a segment of a later version. */
export function readSegmentHead(bytes: Buffer): SegmentHead | undefined {
  for (let at = 0; at < SEGMENT_HEAD_BYTES; at += HEAD_BYTES) {
    if (at + HEAD_BYTES > bytes.length || bytes.readUInt32LE(at) !== SEGMENT_MAGIC) continue;
    if (bytes.readUInt32LE(at + 36) !== crc32(bytes.subarray(at, at + 36))) continue;
    const version = bytes.readUInt32LE(at + 4);
    if (version !== SEGMENT_VERSION)
      throw new Error(`a segment of version ${version}; this build reads version ${SEGMENT_VERSION}`);
    return {
      position: bytes.readDoubleLE(at + 8),
      id: Uint8Array.from(bytes.subarray(at + 16, at + 32)),
      epoch: bytes.readUInt32LE(at + 32),
    };
  }
  return undefined;
}

/** What the head of a group says. */
export interface GroupHead {
  readonly bodyBytes: number;
  readonly count: number;
  readonly position: number;
  readonly bodyChecksum: number;
}

/** What the checksums of the groups of a journal begin with. */
export function seedOf(id: Uint8Array): number {
  return crc32(id);
}

/** Writes the head of the group whose body stands behind it in `group` already. */
export function writeGroupHead(
  group: Buffer,
  { position, count, records, seed }: Record<'position' | 'count' | 'records' | 'seed', number>,
): void {
  const body = group.subarray(GROUP_HEAD_BYTES);
  group.writeUInt32LE(GROUP_MAGIC, 0);
  group.writeUInt32LE(body.length, 8);
  group.writeUInt32LE(count, 12);
  group.writeDoubleLE(position, 16);
  group.writeUInt32LE(crc32(body, seed), 24);
  group.writeUInt32LE(records, 28);
  group.writeUInt32LE(crc32(group.subarray(8, GROUP_HEAD_BYTES), seed), 4);
}

/** Undefined when no sound head is there. */
export function readGroupHead(bytes: Buffer, at: number, seed: number): GroupHead | undefined {
  if (at + GROUP_HEAD_BYTES > bytes.length || bytes.readUInt32LE(at) !== GROUP_MAGIC) return undefined;
  if (bytes.readUInt32LE(at + 4) !== crc32(bytes.subarray(at + 8, at + GROUP_HEAD_BYTES), seed))
    return undefined;
  const bodyBytes = bytes.readUInt32LE(at + 8);
  if (at + GROUP_HEAD_BYTES + bodyBytes > bytes.length) return undefined;
  return {
    bodyBytes,
    count: bytes.readUInt32LE(at + 12),
    position: bytes.readDoubleLE(at + 16),
    bodyChecksum: bytes.readUInt32LE(at + 24),
  };
}

/** True when the body behind the head at `at` is as it was written. */
export function isBodySound(
  bytes: Buffer,
  at: number,
  { bodyBytes, bodyChecksum }: GroupHead,
  seed: number,
): boolean {
  const from = at + GROUP_HEAD_BYTES;
  return crc32(bytes.subarray(from, from + bodyBytes), seed) === bodyChecksum;
}

/** Bytes that a group with such a body takes. */
export function groupBytes(bodyBytes: number): number {
  return Math.ceil((GROUP_HEAD_BYTES + bodyBytes) / ALIGNMENT) * ALIGNMENT;
}
