import { bodyBytes, head, isMap, memberCount, textStart } from './msgpack-head.js';
import { FIELD_NAME, pathTo } from './text.js';

const lenient = new TextDecoder();

/**
 * Path of the text that the byte at `target` belongs to, such as `slots.0.exclude.2`. `bytes`: one MessagePack value whose
 * structure is sound (`msgpack-scan.ts`). For a refusal: it costs up to a scan for each level.
 */
export function pathOf(bytes: Uint8Array, target: number): string {
  let path = '';
  let at = 0;
  while (isContainer(bytes, at)) {
    const isKeyed = isMap(bytes[at]);
    at += 1 + bodyBytes;
    let key = at;
    let place = 0;
    for (let end = endOf(bytes, at); end <= target; end = endOf(bytes, at)) {
      at = end;
      place++;
      if (isKeyed && place % 2 === 0) key = at;
    }
    if (isKeyed && place % 2 === 0) return pathTo(path, FIELD_NAME);
    path = pathTo(path, isKeyed ? textAt(bytes, key) : String(place));
  }
  return path;
}

/** Leaves `bodyBytes` set. */
function isContainer(bytes: Uint8Array, at: number): boolean {
  head(bytes, at);
  return memberCount >= 0;
}

/** Where the value that begins at `at` ends. */
function endOf(bytes: Uint8Array, at: number): number {
  for (let left = 1; left > 0; left += Math.max(memberCount, 0) - 1) {
    head(bytes, at);
    at += 1 + bodyBytes;
  }
  return at;
}

function textAt(bytes: Uint8Array, at: number): string {
  head(bytes, at);
  return lenient.decode(bytes.subarray(textStart(bytes[at], at), at + 1 + bodyBytes));
}
