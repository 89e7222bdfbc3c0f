import type { UwsResponse } from './uws.js';

/** Exactly one of them is called, unless the peer goes away first. */
export interface BodyOutcome {
  /** @param body the receiver's. */
  whole(body: Uint8Array): void;
  /** The rest is read and thrown away. */
  tooLarge(): void;
}

/** Collects a request's body up to `limitBytes`. Chunks are copied: their memory dies with the callback. */
export function readBody(response: UwsResponse, contentLength: string, limitBytes: number, outcome: BodyOutcome): void {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  let isOver = Number(contentLength) > limitBytes;
  if (isOver) outcome.tooLarge();
  response.onData((chunk, isLast) => {
    if (isOver) return;
    bytes += chunk.byteLength;
    if (bytes > limitBytes) {
      isOver = true;
      chunks.length = 0;
      return outcome.tooLarge();
    }
    if (chunk.byteLength > 0) chunks.push(new Uint8Array(chunk).slice());
    if (isLast) outcome.whole(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
  });
}
