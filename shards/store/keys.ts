import { invariant } from '../../metrics/invariant.js';

/**
 * How names and positions become LMDB keys. All encodings are injective for every JavaScript string (lone surrogates
 * included), self-delimiting where something follows, and bounded well below LMDB's limit of 1978 bytes.
 *
 * A name is `u16 length·2 + wide`, then its units: one byte each when all are below 256 (`wide` 0), else UTF-16LE.
 * Because the length comes first, no user's prefix is the beginning of another user's key.
 */

/** Longest user, session, event id or dictionary name, in UTF-16 units. */
export const NAME_LENGTH_MAX = 256;
/** Longest blob key, in UTF-16 units. */
export const BLOB_KEY_LENGTH_MAX = 256;

/** LMDB's limit for a page of 4 KiB. */
export const KEY_BYTES_MAX = 1978;
/** Bytes of the longest name: its length, and two for each unit. */
const NAME_BYTES_MAX = 2 + 2 * NAME_LENGTH_MAX;

invariant(
  2 * NAME_BYTES_MAX <= KEY_BYTES_MAX,
  'the key of two of the longest names is longer than LMDB takes',
);
invariant(
  1 + 2 * BLOB_KEY_LENGTH_MAX <= KEY_BYTES_MAX,
  'the longest key of a blob is longer than LMDB takes',
);

const scratch = Buffer.alloc(KEY_BYTES_MAX);

function isWide(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0xff) return true;
  return false;
}

function writeName(name: string, at: number): number {
  const wide = isWide(name);
  const units = name.length;
  at = scratch.writeUInt16LE(units * 2 + (wide ? 1 : 0), at);
  return at + scratch.write(name, at, wide ? 'utf16le' : 'latin1');
}

/** Key of one name. The returned view is borrowed: valid until the next key is made. */
export function nameKey(name: string): Buffer {
  return scratch.subarray(0, writeName(name, 0));
}

/** Key of a name within another (session or event id of a user). Borrowed as `nameKey`. */
export function pairKey(first: string, second: string): Buffer {
  return scratch.subarray(0, writeName(second, writeName(first, 0)));
}

/** Key of a number within a name. Borrowed as `nameKey`; ascending by name length, name, number. */
export function nameNumberKey(name: string, number: number): Buffer {
  return scratch.subarray(0, scratch.writeUInt32BE(number, writeName(name, 0)));
}

/** Key of a journal position (0 … 2⁵³−1), ascending. Borrowed as `nameKey`. */
export function positionKey(position: number): Buffer {
  scratch.writeUInt32BE(Math.floor(position / 2 ** 32), 0);
  return scratch.subarray(0, scratch.writeUInt32BE(position % 2 ** 32, 4));
}

/** Key of an index (0 … 2³²−1), ascending. Borrowed as `nameKey`. */
export function indexKey(index: number): Buffer {
  return scratch.subarray(0, scratch.writeUInt32BE(index, 0));
}

/** Key of a blob: big-endian UTF-16 after one byte, so that a prefix of the text is a prefix of the key. Borrowed as `nameKey`. */
export function blobKey(key: string): Buffer {
  scratch[0] = 1;
  for (let i = 0; i < key.length; i++) scratch.writeUInt16BE(key.charCodeAt(i), 1 + 2 * i);
  return scratch.subarray(0, 1 + 2 * key.length);
}

/** The first key after all keys that begin with `prefix`, in a buffer of its own; `prefix` has a byte below 255. */
export function keyAfterPrefix(prefix: Uint8Array): Buffer {
  let length = prefix.length;
  while (prefix[length - 1] === 0xff) length--;
  const end = Buffer.from(prefix.subarray(0, length));
  end[length - 1] += 1;
  return end;
}

/** The name that begins at byte `at` of a key. */
export function readName(key: Buffer, at = 0): string {
  const head = key.readUInt16LE(at);
  const start = at + 2;
  return head % 2 === 1
    ? key.toString('utf16le', start, start + head - 1)
    : key.toString('latin1', start, start + head / 2);
}

/** The second name of a key made by `pairKey`. */
export function readSecondName(key: Buffer): string {
  return readName(key, nameEnd(key));
}

/** The name and number of a key made by `nameNumberKey`. */
export function readNameNumber(key: Buffer): { readonly name: string; readonly number: number } {
  return { name: readName(key), number: key.readUInt32BE(nameEnd(key)) };
}

export function readPosition(key: Buffer): number {
  return key.readUInt32BE(0) * 2 ** 32 + key.readUInt32BE(4);
}

export function readIndex(key: Buffer): number {
  return key.readUInt32BE(0);
}

export function readBlobKey(key: Buffer): string {
  let text = '';
  for (let at = 1; at < key.length; at += 2) text += String.fromCharCode(key.readUInt16BE(at));
  return text;
}

function nameEnd(key: Buffer): number {
  const head = key.readUInt16LE(0);
  return 2 + (head % 2 === 1 ? head - 1 : head / 2);
}

/** One text for two names, with no two pairs alike: the first name's length comes first. */
export function pairName(first: string, second: string): string {
  return `${first.length}:${first}${second}`;
}
