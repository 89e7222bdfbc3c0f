import { TOO_MANY_NAMES, tooManyEntries } from './json-text.js';
import { DEPTH_MAX, ENTRIES_MAX, NAMES_MAX } from './limits.js';
import { bodyBytes, head, isMap, isString, memberCount, textStart } from './msgpack-head.js';
import { pathOf } from './msgpack-path.js';
import { notUnicode } from './text.js';
import { brokenUtf8At } from './utf8.js';

/**
 * Checks the structure of one MessagePack value before anything decodes it, without recursion and without allocating
 * anything that a length in the frame could size: lengths within the frame, depth and entries bounded, string keys only, no
 * `__proto__`, no extension types, no reserved byte, nothing after the value. What passes decodes in bounded memory.
 * Texts are checked on the way: the decoder would read broken UTF-8 as something else.
 */

/** What is wrong with a frame. `isOfText`: its structure is sound, so that it may be decoded, and a text is not valid Unicode. */
export interface ScanProblem {
  readonly problem: string;
  readonly isOfText: boolean;
}

const bytesOf = (text: string): readonly number[] => Array.from(text, (unit) => unit.charCodeAt(0));
const PROTO_KEY = bytesOf('__proto__');
const ID_KEY = bytesOf('id');
const VALUE_KEY = bytesOf('value');

/** Values still expected at each depth (two per map entry), and 1 where the container is a map; one scan at a time. */
const remaining = new Float64Array(DEPTH_MAX);
const inMap = new Uint8Array(DEPTH_MAX);

/** True when the text from `start` to `end` is that key. */
function isKeyOf(key: readonly number[], bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== key.length) return false;
  for (let i = 0; i < key.length; i++) if (bytes[start + i] !== key[i]) return false;
  return true;
}

/** True for a key of a candidate. */
function isCandidateKey(bytes: Uint8Array, start: number, end: number): boolean {
  return isKeyOf(ID_KEY, bytes, start, end) || isKeyOf(VALUE_KEY, bytes, start, end);
}

function broken(problem: string): ScanProblem {
  return { problem, isOfText: false };
}

/** @returns what is wrong with the bytes as one MessagePack map, or undefined when they are one. */
export function scanMsgpack(bytes: Uint8Array): ScanProblem | undefined {
  const total = bytes.length;
  if (total === 0) return broken('an empty frame');
  let brokenAt = -1;
  let at = 0;
  let depth = -1;
  let entries = 0;
  let names = 0;
  do {
    if (at >= total) return broken('the frame ends inside a value');
    const type = bytes[at];
    if (!head(bytes, at))
      return broken(
        `type byte 0x${type.toString(16)} is outside the contract: plain MessagePack, without extensions or records`,
      );
    const isKey = depth >= 0 && inMap[depth] === 1 && remaining[depth] % 2 === 0;
    if (isKey && !isString(type)) return broken('a map key that is not a string');
    if ((isKey || memberCount >= 0) && ++entries > ENTRIES_MAX) return broken(tooManyEntries(ENTRIES_MAX));
    const end = at + 1 + bodyBytes;
    // Each member takes a byte at least, so a length beyond the frame is refused before anyone allocates for it.
    if (end + Math.max(memberCount, 0) > total) return broken('a length beyond the end of the frame');
    if (isString(type)) {
      const start = textStart(type, at);
      if (isKey && isKeyOf(PROTO_KEY, bytes, start, end)) return broken('a key named __proto__');
      if (isKey && !isCandidateKey(bytes, start, end) && ++names > NAMES_MAX) return broken(TOO_MANY_NAMES);
      if (brokenAt < 0) brokenAt = brokenUtf8At(bytes, start, end);
    }
    if (depth === -1 && !isMap(type)) return broken('not a map');
    if (depth >= 0) remaining[depth]--;
    if (memberCount > 0 || depth === -1) {
      if (++depth === DEPTH_MAX) return broken(`nested deeper than ${DEPTH_MAX}`);
      remaining[depth] = memberCount;
      inMap[depth] = isMap(type) ? 1 : 0;
    }
    at = end;
    while (depth >= 0 && remaining[depth] === 0) depth--;
  } while (depth >= 0);
  if (at < total) return broken('bytes after the map');
  return brokenAt < 0 ? undefined : { problem: notUnicode(pathOf(bytes, brokenAt)), isOfText: true };
}
