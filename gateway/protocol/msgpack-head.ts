/**
 * What the type byte of a MessagePack value says. Set by `head`, for the one who called it last: bytes after the first one,
 * and members when it opens a container (else −1).
 */
export let bodyBytes = 0;
export let memberCount = 0;

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
export function head(bytes: Uint8Array, at: number): boolean {
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

export function isString(type: number): boolean {
  return (type >= 0xa0 && type < 0xc0) || (type >= 0xd9 && type <= 0xdb);
}

/** Where the text of the string begins whose type byte `type` is at `at`. */
export function textStart(type: number, at: number): number {
  return type < 0xc0 ? at + 1 : at + 1 + (1 << (type - 0xd9));
}

export function isMap(type: number): boolean {
  return (type >= 0x80 && type < 0x90) || type === 0xde || type === 0xdf;
}
