import type { ItemAttribute } from './word-lists.js';

/** `set of 6`, `pack/12`, `s/4`, `set3`, `box of 24`; a bag, a tube or a tub counts with `of` alone. */
const PACK =
  /(?<![\p{L}\p{N}'’])(?:(?:set|pack|pk|s|box)(?:\s+of\s+|\s*\/\s*|\s*)|(?:bag|tube|tub)\s+of\s+)(\d{1,4})(?![\p{L}\p{N}.,]|\s*(?:cm|mm|ml|g|kg)\b)/u;
/** `6 piece`, `18pc`. */
const PIECES = /(?<![\p{L}\p{N}.,])(\d{1,4})\s?(?:pieces?|pcs?)(?!\p{L})/u;
const PAIR = /(?<!\p{L})pair of(?!\p{L})/u;
/** `36 doilies`: a number at the beginning, and what is counted, up to its plural. */
const COUNTED = /^\s*(\d{1,4})\s+((?:[\p{L}\-/&+]+\s+){0,3}?)[\p{L}-]{2,}[^s\P{L}]s(?!\p{L})/u;
/** Words after a number that say how one thing is made: `3 tier`, `5 strand`. */
const PART =
  /^(?:tier|hook|strand|wick|drawer|point|bead|light|ply|way|colou?r|door|shelf|frame)s?(?!\p{L})/u;
/** `30cm`, `25x24x12cm`, `250 g`. Weights and volumes are sizes too. */
const MEASURE =
  /(?<![\p{L}\p{N}.,])(\d{1,4}(?:[.,]\d{1,2})?(?:\s?x\s?\d{1,4}(?:[.,]\d{1,2})?){0,2})\s?(cm|mm|ml|cl|kg|g|inch|oz)(?!\p{L})/gu;

const PIECES_MAX = 9_999;

/** The number of pieces and the measures that a title tells, in lower case. */
export function titleQuantities(title: string): ItemAttribute[] {
  const text = title.toLowerCase();
  const pieces = piecesOf(text);
  const sizes = Array.from(text.matchAll(MEASURE), ([, number, unit]): ItemAttribute => ({
    name: 'size',
    value: number.replaceAll(/\s/g, '').replaceAll(',', '.') + unit,
  }));
  return pieces === undefined ? sizes : [{ name: 'pieces', value: String(pieces) }, ...sizes];
}

/** 2 to 9,999; undefined when the title tells none. */
function piecesOf(text: string): number | undefined {
  const found = Number(PACK.exec(text)?.[1] ?? PIECES.exec(text)?.[1] ?? countedOf(text) ?? 0);
  if (found >= 2) return Math.min(found, PIECES_MAX);
  return PAIR.test(text) ? 2 : undefined;
}

function countedOf(text: string): string | undefined {
  const [whole, number] = COUNTED.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const what = whole.trimStart().slice(number.length).trimStart();
  return PART.test(what) ? undefined : number;
}
