import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

export const NONCE_BYTES = 32;
const MAC_BYTES = 32;
/** Of a frame until both sides are known. */
export const GREETING_BYTES_MAX = 512;
/** A peer that is silent for so long is asked whether it is there; one that was lost with its machine is gone some seconds later. */
export const KEEP_ALIVE_MS = 10_000;

/**
 * Both sides show that they have the cluster's key, without telling it: who calls gets a nonce, answers with one of its own, its name and
 * a MAC of all that, and gets a MAC in return. What follows is not encrypted: the link is for a network of the cluster's own.
 */
export function greeting(key: Buffer, nonce: Buffer, name: string): Buffer {
  const own = randomBytes(NONCE_BYTES);
  return Buffer.concat([own, macOf(key, 'caller', nonce, own, Buffer.from(name)), Buffer.from(name)]);
}

/** The name and nonce of whoever calls; undefined when they do not have the key. */
export function readGreeting(
  key: Buffer,
  nonce: Buffer,
  body: Buffer,
): { readonly name: string; readonly nonce: Buffer } | undefined {
  if (body.length < NONCE_BYTES + MAC_BYTES) return undefined;
  const own = body.subarray(0, NONCE_BYTES);
  const name = body.subarray(NONCE_BYTES + MAC_BYTES);
  const mac = macOf(key, 'caller', nonce, own, name);
  if (!isSame(mac, body.subarray(NONCE_BYTES, NONCE_BYTES + MAC_BYTES))) return undefined;
  return { name: name.toString('utf8'), nonce: Buffer.from(own) };
}

export function answerTo(key: Buffer, callerNonce: Buffer): Buffer {
  return macOf(key, 'called', callerNonce);
}

/** True when whoever was called has the key. */
export function isAnswer(key: Buffer, ownNonce: Buffer, body: Buffer): boolean {
  return isSame(answerTo(key, ownNonce), body);
}

function macOf(key: Buffer, ...parts: readonly (string | Buffer)[]): Buffer {
  const mac = createHmac('sha256', key);
  for (const part of parts) mac.update(part);
  return mac.digest();
}

function isSame(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
