/**
 * Words without their runs of zeros. Most rows of a page of the interaction graph hold a few entries or none: a shop of 100,000 items
 * of which a tenth was clicked takes 5 MB in place of 162.
 *
 * The form is runs until all words are there: u16 zeros, u16 words that follow, and these words. One zero between others is kept,
 * so that no words take more than one a run beside themselves.
 */

/** What a run counts at most, of zeros and of words each. */
const RUN_MAX = 0xffff;

/** The packed form; the caller's. */
export function packWords(words: Uint32Array): Uint32Array {
  const packed = new Uint32Array(words.length + 2 + Math.ceil(words.length / RUN_MAX));
  let to = 0;
  for (let at = 0; at < words.length;) {
    const from = endOfZeros(words, at);
    const end = endOfWords(words, from);
    packed[to++] = ((end - from) << 16) | (from - at);
    for (at = from; at < end; at++) packed[to++] = words[at];
  }
  return packed.slice(0, to);
}

/** Fills `words`, which are all zero, from what `packWords` made of as many. False when it is something else; some may be filled then. */
export function unpackWords(packed: Uint32Array, words: Uint32Array): boolean {
  let at = 0;
  let to = 0;
  while (at < packed.length) {
    const run = packed[at++];
    const count = run >>> 16;
    to += run & RUN_MAX;
    if (at + count > packed.length || to + count > words.length) return false;
    for (let left = count; left > 0; left--) words[to++] = packed[at++];
  }
  return to === words.length;
}

function endOfZeros(words: Uint32Array, from: number): number {
  const max = Math.min(words.length, from + RUN_MAX);
  let at = from;
  while (at < max && words[at] === 0) at++;
  return at;
}

/** Where two zeros follow each other, or the run has as many as it can. */
function endOfWords(words: Uint32Array, from: number): number {
  const max = Math.min(words.length, from + RUN_MAX);
  let at = from;
  while (at < max && (words[at] !== 0 || (at + 1 < words.length && words[at + 1] !== 0))) at++;
  return at;
}
