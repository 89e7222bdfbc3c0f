import { crc32 } from 'node:zlib';
import { Packr, Unpackr } from 'msgpackr';

const CHECKSUM_BYTES = 4;
/** With its headers a message stays below the 1 MiB that NATS servers take. */
export const MESSAGE_BYTES_MAX = 1_000_000;

const packr = new Packr({ useRecords: false });
const unpackr = new Unpackr({ useRecords: false });

/** A message as bytes, the caller's: CRC-32 of all that follows, u32 big-endian, and the rows in MessagePack. Throws a `RangeError` for one of more than `MESSAGE_BYTES_MAX`. */
export function packMessage(rows: readonly unknown[]): Buffer {
  const body = packr.pack(rows);
  const bytes = Buffer.concat([Buffer.alloc(CHECKSUM_BYTES), body]);
  if (bytes.length > MESSAGE_BYTES_MAX)
    throw new RangeError(`a message of ${bytes.length} bytes; ${MESSAGE_BYTES_MAX} are the most`);
  bytes.writeUInt32BE(crc32(body));
  return bytes;
}

/** What `packMessage` was given. Throws for bytes that do not fit their checksum. */
export function unpackMessage(bytes: Uint8Array): unknown {
  if (!isWhole(bytes)) throw new Error('it does not fit its checksum');
  return unpackr.unpack(bytes.subarray(CHECKSUM_BYTES));
}

/** False for bytes that `packMessage` did not make. */
export function isWhole(bytes: Uint8Array): boolean {
  const body = bytes.subarray(CHECKSUM_BYTES);
  return body.length > 0 && checksumOf(bytes) === crc32(body);
}

/** The checksum that a message begins with; 0 for bytes that are too short for one. */
export function checksumOf(bytes: Uint8Array): number {
  if (bytes.length < CHECKSUM_BYTES) return 0;
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0);
}
