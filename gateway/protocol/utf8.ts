/** Where in `bytes` from `from` to `to` UTF-8 is broken first; −1 when all of it is well-formed (Unicode 17, table 3-7). */
export function brokenUtf8At(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && bytes[at] < 0x80) at++;
  return at === to ? -1 : brokenBehindAscii(bytes, at, to);
}

/** Apart from the loop above, which is all that most texts need and small enough to be inlined. */
function brokenBehindAscii(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to) {
    const length = bytes[at] < 0x80 ? 1 : sequenceLength(bytes, at, to);
    if (length === 0) return at;
    at += length;
  }
  return -1;
}

/** Bytes of the character that begins at `at` with a byte of 0x80 or more; 0 when they are none. */
function sequenceLength(bytes: Uint8Array, at: number, to: number): number {
  const first = bytes[at];
  if (first < 0xc2 || first > 0xf4) return 0;
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (at + length > to) return 0;
  // No longer form than needed, no half of a pair, nothing beyond U+10FFFF.
  const least = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const most = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (bytes[at + 1] < least || bytes[at + 1] > most) return 0;
  for (let i = 2; i < length; i++) if ((bytes[at + i] & 0xc0) !== 0x80) return 0;
  return length;
}
