import { isUtf8 } from 'node:buffer';
import { BROKEN_MAX, pieceEnd } from '../../protocol/json-text.js';
import { brokenUtf8At } from '../../protocol/utf8.js';

/** True when no more than `BROKEN_MAX` bytes of a body are not UTF-8. Yields where the reader may rest. */
export function* isReadable(body: Uint8Array): Generator<void, boolean> {
  let left = BROKEN_MAX;
  for (let from = 0; from < body.length && left >= 0;) {
    const to = pieceEnd(body, from);
    if (!isUtf8(body.subarray(from, to))) left -= brokenIn(body, from, to);
    from = to;
    yield;
  }
  return left >= 0;
}

/** How many bytes of a piece are not UTF-8; of more than `BROKEN_MAX` one more than that. */
function brokenIn(body: Uint8Array, from: number, to: number): number {
  let count = 0;
  for (let at = brokenUtf8At(body, from, to); at >= 0 && count <= BROKEN_MAX; count++)
    at = brokenUtf8At(body, at + 1, to);
  return count;
}
