/** Shorter texts than this V8 copies when they are cut from another. */
const CUT_LENGTH_MIN = 13;

/** The same text in memory of its own: a piece cut from a file would keep all that was read of the file with it. */
export function ownText(text: string): string {
  return text.length < CUT_LENGTH_MIN ? text : Buffer.from(text, 'utf8').toString('utf8');
}
