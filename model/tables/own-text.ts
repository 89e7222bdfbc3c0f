/** A piece that is cut from a text, and is shorter than this, is a copy in V8. */
const CUT_LENGTH_MIN = 13;

/** The same text in memory of its own: while a longer piece is in use, V8 keeps all of the text that it was cut from. */
export function ownText(text: string): string {
  return text.length < CUT_LENGTH_MIN ? text : Buffer.from(text, 'utf8').toString('utf8');
}
