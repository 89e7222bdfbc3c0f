import type { UwsResponse } from './uws.js';

/** Exactly one of them is called, unless the peer goes away first. */
export interface BodyOutcome {
  /** @param body the receiver's. */
  whole(body: Uint8Array): void;
  tooLarge(): void;
}

/** Bytes over its limit that a body may have and still be read to its end, so that the peer, done sending, reads the answer. */
const DISCARD_MAX_BYTES = 32 * 1024 * 1024;

/** Collects a request's body up to `limitBytes`. Chunks are copied: their memory dies with the callback. */
export function readBody(response: UwsResponse, limitBytes: number, outcome: BodyOutcome): void {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  let isAnswered = false;
  response.onData((chunk, isLast) => {
    if (isAnswered) return;
    bytes += chunk.byteLength;
    if (bytes > limitBytes) chunks.length = 0;
    else if (chunk.byteLength > 0) chunks.push(new Uint8Array(chunk).slice());
    isAnswered = isLast || bytes > limitBytes + DISCARD_MAX_BYTES;
    if (isAnswered && bytes > limitBytes) outcome.tooLarge();
    else if (isAnswered) outcome.whole(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
  });
}
