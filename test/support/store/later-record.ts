import { crc32 } from 'node:zlib';
import { encodeRecord } from '../../../shards/store/journal-record.js';

/** Where the checksum of a record stands: behind the head of the array, the version and its own type. */
const CHECKSUM = { from: 3, to: 7 };
const REV_KIND = 5;
const VERSION_AT = 1;

/** A whole record with an entry of a kind that comes with a later version, or of such a version itself. */
export function laterRecord(what: 'kind' | 'version' = 'kind'): Uint8Array {
  const bytes = Buffer.from(encodeRecord([{ entry: 'rev', rev: 1 }], 1_700_000_000_000));
  if (what === 'kind') bytes[bytes.lastIndexOf(REV_KIND)] = 99;
  else bytes[VERSION_AT] = 9;
  const { from, to } = CHECKSUM;
  bytes.writeUInt32BE(crc32(bytes.subarray(to), crc32(bytes.subarray(0, from))), from);
  return bytes;
}
