import { boundedSearch, cutText } from './search-text.js';

/** Bounds of a text that is searched for or searched in; characters are UTF-16 units, and none is cut in two. */
export const TERM_LIMITS = { terms: 64, termChars: 32, textChars: 512 } as const;

const WORD = /[\p{L}\p{N}]+/gu;
const MARK = /\p{M}+/gu;

/**
 * Search terms of a text, in order and with repeats: NFKD without diacritics, lower case, runs of letters or digits, English
 * plurals cut. At most `TERM_LIMITS.terms`, of `TERM_LIMITS.termChars` characters each.
 */
export function titleTerms(text: string): string[] {
  const plain = cutText(text, TERM_LIMITS.textChars).normalize('NFKD').toLowerCase().replace(MARK, '');
  const words = plain.match(WORD) ?? [];
  return words.slice(0, TERM_LIMITS.terms).map((word) => singular(cutText(word, TERM_LIMITS.termChars)));
}

/**
 * A search text in its normal form, which is the name of its node in interest graphs: its terms, single-spaced, as many of
 * them as fit `SEARCH_TEXT_BYTES`. Normal forms may be five times as long as what was typed.
 */
export function normaliseQuery(text: string): string {
  return boundedSearch(titleTerms(text).join(' '));
}

/**
 * Cuts the commonest English plural endings; wrong singulars do no harm as long as both sides get the same. Applying it
 * again changes nothing, so that a normalised query may be normalised.
 */
function singular(word: string): string {
  if (word.length < 4 || !word.endsWith('s') || /(?:ss|us|is)$/.test(word)) return word;
  if (word.endsWith('ies') && word.length > 4) return `${word.slice(0, -3)}y`;
  if (/(?:sh|ch|x|z|ss)es$/.test(word)) return word.slice(0, -2);
  return word.slice(0, -1);
}
