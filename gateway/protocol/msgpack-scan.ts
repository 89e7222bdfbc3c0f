/**
 * Checks the structure of one MessagePack value before anything decodes it, without recursion and without allocating
 * anything that a length in the frame could size: lengths within the frame, depth bounded, string keys only, no
 * `__proto__`, no extension types, no reserved byte, nothing after the value. What passes decodes in bounded memory.
 */

/** Containers within containers that a frame may hold. */
export const DEPTH_MAX = 32;

const PROTO_KEY = [95, 95, 112, 114, 111, 116, 111, 95, 95] as const;

/** Values still expected at each depth (two per map entry), and 1 where the container is a map; one scan at a time. */
const remaining = new Float64Array(DEPTH_MAX);
const inMap = new Uint8Array(DEPTH_MAX);

/** Set by `head`: bytes after the first one, and members when it opens a container (else −1). */
let bodyBytes = 0;
let memberCount = 0;

function unsigned(bytes: Uint8Array, at: number, width: number): number {
  let value = 0;
  for (let i = 0; i < width; i++) value = value * 256 + (at + i < bytes.length ? bytes[at + i] : 255);
  return value;
}

function scalar(length: number): boolean {
  bodyBytes = length;
  memberCount = -1;
  return true;
}

function container(headBytes: number, members: number): boolean {
  bodyBytes = headBytes;
  memberCount = members;
  return true;
}

/** Reads the type byte at `at`; false for a type that the contract excludes. */
function head(bytes: Uint8Array, at: number): boolean {
  const type = bytes[at];
  if (type < 0x80 || type >= 0xe0) return scalar(0);
  if (type < 0x90) return container(0, (type & 15) * 2);
  if (type < 0xa0) return container(0, type & 15);
  if (type < 0xc0) return scalar(type & 31);
  return wideHead(bytes, at, type);
}

function wideHead(bytes: Uint8Array, at: number, type: number): boolean {
  switch (type) {
    case 0xc0: // nil
    case 0xc2: // false
    case 0xc3: // true
      return scalar(0);
    case 0xcc:
    case 0xd0:
      return scalar(1);
    case 0xcd:
    case 0xd1:
      return scalar(2);
    case 0xca:
    case 0xce:
    case 0xd2:
      return scalar(4);
    case 0xcb:
    case 0xcf:
    case 0xd3:
      return scalar(8);
    case 0xd9:
      return scalar(1 + unsigned(bytes, at + 1, 1));
    case 0xda:
      return scalar(2 + unsigned(bytes, at + 1, 2));
    case 0xdb:
      return scalar(4 + unsigned(bytes, at + 1, 4));
    case 0xdc:
      return container(2, unsigned(bytes, at + 1, 2));
    case 0xdd:
      return container(4, unsigned(bytes, at + 1, 4));
    case 0xde:
      return container(2, unsigned(bytes, at + 1, 2) * 2);
    case 0xdf:
      return container(4, unsigned(bytes, at + 1, 4) * 2);
    default: // 0xc1, binary, extension types
      return false;
  }
}

function isString(type: number): boolean {
  return (type >= 0xa0 && type < 0xc0) || (type >= 0xd9 && type <= 0xdb);
}

/** True when the text that ends at `end`, of the string whose type byte is at `at`, is `__proto__`. */
function isProtoKey(bytes: Uint8Array, at: number, end: number): boolean {
  const type = bytes[at];
  const start = type < 0xc0 ? at + 1 : at + 1 + (1 << (type - 0xd9));
  if (end - start !== PROTO_KEY.length) return false;
  for (let i = 0; i < PROTO_KEY.length; i++) if (bytes[start + i] !== PROTO_KEY[i]) return false;
  return true;
}

function isMap(type: number): boolean {
  return (type >= 0x80 && type < 0x90) || type === 0xde || type === 0xdf;
}

/** @returns what is wrong with the bytes as one MessagePack map, or undefined when they are one. */
export function scanMsgpack(bytes: Uint8Array): string | undefined {
  const total = bytes.length;
  if (total === 0) return 'an empty frame';
  let at = 0;
  let depth = -1;
  do {
    if (at >= total) return 'the frame ends inside a value';
    if (!head(bytes, at))
      return `type byte 0x${bytes[at].toString(16)} is outside the contract: plain MessagePack, without extensions or records`;
    const isKey = depth >= 0 && inMap[depth] === 1 && remaining[depth] % 2 === 0;
    if (isKey && !isString(bytes[at])) return 'a map key that is not a string';
    const end = at + 1 + bodyBytes;
    // Each member takes a byte at least, so a length beyond the frame is refused before anyone allocates for it.
    if (end + Math.max(memberCount, 0) > total) return 'a length beyond the end of the frame';
    if (isKey && isProtoKey(bytes, at, end)) return 'a key named __proto__';
    if (depth === -1 && !isMap(bytes[at])) return 'not a map';
    if (depth >= 0) remaining[depth]--;
    if (memberCount > 0 || depth === -1) {
      if (++depth === DEPTH_MAX) return `nested deeper than ${DEPTH_MAX}`;
      remaining[depth] = memberCount;
      inMap[depth] = isMap(bytes[at]) ? 1 : 0;
    }
    at = end;
    while (depth >= 0 && remaining[depth] === 0) depth--;
  } while (depth >= 0);
  return at === total ? undefined : 'bytes after the map';
}
