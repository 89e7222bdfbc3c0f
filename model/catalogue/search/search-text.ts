/**
 * UTF-8 bytes of a search text, in its normal form, that journals and user states keep. Sizes of buffers follow from it
 * (`shards/graph/interest/interest-codec.ts`); a longer search is cut.
 */
export const SEARCH_TEXT_BYTES = 256;

/** UTF-8 bytes that one UTF-16 unit can take. */
const UNIT_BYTES_MAX = 3;

/** The first `units` UTF-16 units of a text, one less where a character would be cut in two. */
export function cutText(text: string, units: number): string {
  if (text.length <= units) return text;
  return text.slice(0, isHighHalf(text.charCodeAt(units - 1)) ? units - 1 : units);
}

/**
 * A search text that takes at most `SEARCH_TEXT_BYTES` of UTF-8: its first words, as many as fit; of a first word that does not
 * fit, its first characters. Applying it again changes nothing.
 */
export function boundedSearch(text: string): string {
  if (text.length * UNIT_BYTES_MAX <= SEARCH_TEXT_BYTES) return text;
  const units = fittingUnits(text, SEARCH_TEXT_BYTES);
  if (units === text.length) return text;
  const lastSpace = text.lastIndexOf(' ', units);
  return text.slice(0, lastSpace > 0 ? lastSpace : units);
}

/** Units of the longest beginning of `text` that takes at most `bytesMax` bytes of UTF-8 and ends with a whole character. */
function fittingUnits(text: string, bytesMax: number): number {
  let bytes = 0;
  let at = 0;
  while (at < text.length) {
    const point = text.codePointAt(at) as number;
    bytes += bytesOf(point);
    if (bytes > bytesMax) break;
    at += point > 0xffff ? 2 : 1;
  }
  return at;
}

/** Bytes of a code point in UTF-8; half a pair counts as the three bytes that are written in its place. */
function bytesOf(point: number): number {
  if (point < 0x80) return 1;
  if (point < 0x800) return 2;
  return point < 0x10000 ? 3 : 4;
}

function isHighHalf(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}
