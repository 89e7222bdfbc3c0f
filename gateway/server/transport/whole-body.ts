import type { Bites } from '../../../metrics/process/bites.js';

/** Bytes that are put together at once; more than that takes milliseconds, most of them for the memory it goes to. */
const AT_ONCE_BYTES = 256 * 1024;

/** The pieces of a body as one, when that takes no time worth resting for; undefined: `joinedInBites`. */
export function joinedAtOnce(pieces: readonly Uint8Array[]): Uint8Array | undefined {
  if (pieces.length === 1) return pieces[0];
  return byteCount(pieces) > AT_ONCE_BYTES ? undefined : Buffer.concat(pieces);
}

/** The same of many bytes. The pieces go as they are copied, so that both are never there in full: `pieces` is empty in the end. */
export async function joinedInBites(
  pieces: Uint8Array[],
  bites: Pick<Bites, 'isOver' | 'rest'>,
): Promise<Uint8Array> {
  const whole = Buffer.allocUnsafeSlow(byteCount(pieces));
  let at = 0;
  for (const piece of pieces.splice(0)) {
    for (let from = 0; from < piece.byteLength; from += AT_ONCE_BYTES) {
      if (bites.isOver) await bites.rest();
      whole.set(piece.subarray(from, from + AT_ONCE_BYTES), at + from);
    }
    at += piece.byteLength;
  }
  return whole;
}

function byteCount(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, { byteLength }) => sum + byteLength, 0);
}
