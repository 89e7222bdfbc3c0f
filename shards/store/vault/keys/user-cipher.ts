import { createCipheriv, createDecipheriv, createHmac, randomBytes, type KeyObject } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
/** A key of 32 bytes; one that is used again and again is cheaper as an object of the cipher's. */
export type CipherKey = Uint8Array | KeyObject;
export const NONCE_BYTES = 12;
export const TAG_BYTES = 16;
/** What a sealed text is longer by. */
export const SEALED_BYTES = NONCE_BYTES + TAG_BYTES;
/** Bytes of the random part, and of the counter. */
const RANDOM_BYTES = 3;
const COUNTER_MAX = 2 ** 40;

/**
 * Nonces of one writer, none of them twice under a key: u32 number of the opening, which goes up and is on the disk before the first
 * is used; 3 random bytes, for a folder of keys that was put back from a copy; a counter of 40 bits. The returned buffer is borrowed.
 */
export class Nonces {
  readonly #nonce = Buffer.alloc(NONCE_BYTES);
  #count = 0;

  constructor(opening: number) {
    this.#nonce.writeUInt32BE(opening, 0);
    randomBytes(RANDOM_BYTES).copy(this.#nonce, 4);
  }

  next(): Buffer {
    if (++this.#count >= COUNTER_MAX) throw new Error('the nonces of this opening are used up: start again');
    this.#nonce.writeUIntBE(Math.floor(this.#count / 2 ** 32), 7, 1);
    this.#nonce.writeUInt32BE(this.#count % 2 ** 32, 8);
    return this.#nonce;
  }
}

/** AES-256-GCM: nonce, ciphertext, tag. The caller owns the bytes. */
export function sealBytes(key: CipherKey, nonce: Uint8Array, text: Uint8Array): Buffer {
  const sealed = Buffer.allocUnsafe(SEALED_BYTES + text.length);
  sealed.set(nonce);
  const cipher = createCipheriv(ALGORITHM, key, nonce);
  sealed.set(cipher.update(text), NONCE_BYTES);
  cipher.final();
  sealed.set(cipher.getAuthTag(), NONCE_BYTES + text.length);
  return sealed;
}

/** What `sealBytes` made `sealed` of; undefined when it was another key, or when the bytes are not as they were. */
export function openBytes(key: CipherKey, sealed: Uint8Array): Buffer | undefined {
  if (sealed.length < SEALED_BYTES) return undefined;
  const end = sealed.length - TAG_BYTES;
  const opening = createDecipheriv(ALGORITHM, key, sealed.subarray(0, NONCE_BYTES));
  opening.setAuthTag(sealed.subarray(end));
  const text = opening.update(sealed.subarray(NONCE_BYTES, end));
  try {
    opening.final();
    return text;
  } catch {
    return undefined;
  }
}

/** HMAC-SHA-256 of a text, 32 bytes; lone surrogates count as they are. */
export function keyedHash(key: CipherKey, text: string): Buffer {
  return createHmac('sha256', key).update(text, 'utf16le').digest();
}

/**
 * A name under a key of its own: the same name gives the same letters, so it can be looked up, and whoever has the key can read it. The
 * nonce is a keyed hash of the name (a synthetic one, as in RFC 5297). Letters are bytes, U+0000 … U+00FF.
 */
export function sealName(key: CipherKey, name: string): string {
  const nonce = keyedHash(key, name).subarray(0, NONCE_BYTES);
  return sealBytes(key, nonce, Buffer.from(name, 'utf16le')).toString('latin1');
}

/** Undefined for what is no name under this key. */
export function openName(key: CipherKey, letters: string): string | undefined {
  return openBytes(key, Buffer.from(letters, 'latin1'))?.toString('utf16le');
}
