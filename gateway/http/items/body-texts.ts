/** One value of a body as it was sent; `line` counts from 1: lines of NDJSON, members of a list. */
export interface BodyText {
  readonly line: number;
  readonly text: string;
}

const BYTE_ORDER_MARK = '\uFEFF';
const NO_SPACE = /[^\t-\r ]/g;

/**
 * The values of a body that is NDJSON, one JSON list or one JSON value, one by one and unread, so that a reader may rest in between; undefined
 * comes now and then where values are long or lines empty, which are skipped. Whether a value is JSON is the reader's to find out;
 * `listProblem` says whether a list is one.
 */
export function* bodyTexts(body: string): Generator<BodyText | undefined> {
  const start = body.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
  if (isList(body, start)) yield* listTexts(body, start);
  else if (isOneValue(body, start)) yield { line: 1, text: body.slice(start) };
  else yield* lineTexts(body, start);
}

/** Bodies up to this may be one value over several lines, as people and tools print it. It is read at once to find out. */
const ONE_VALUE_CHARS_MAX = 64 * 1024;

function isOneValue(body: string, start: number): boolean {
  if (body.length > ONE_VALUE_CHARS_MAX) return false;
  try {
    JSON.parse(body.slice(start));
    return true;
  } catch {
    return false;
  }
}

/** What is wrong with a body that begins as a list and does not end as one. Yields now and then, so that the reader may rest. */
export function* listProblem(body: string): Generator<void, string | undefined> {
  const start = body.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
  if (!isList(body, start)) return undefined;
  const texts = listTexts(body, start);
  let next = texts.next();
  for (; next.done !== true; next = texts.next()) yield;
  if (next.value < 0) return 'it has no end';
  return body.slice(next.value).trim() === '' ? undefined : 'more comes after its end';
}

function isList(body: string, start: number): boolean {
  NO_SPACE.lastIndex = start;
  return NO_SPACE.exec(body)?.[0] === '[';
}

function* lineTexts(body: string, from: number): Generator<BodyText | undefined> {
  let line = 0;
  for (let start = from; start <= body.length;) {
    const newline = body.indexOf('\n', start);
    const end = newline < 0 ? body.length : newline;
    line++;
    const text = body.slice(start, end).trim();
    start = end + 1;
    if (text !== '') yield { line, text };
    else if (line % EMPTY_LINES === 0) yield undefined;
  }
}

/** Between two looks whether to rest: lines without anything, and characters of a list; some ten microseconds. */
const EMPTY_LINES = 256;
const LOOK_CHARS = 8_192;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN = new Set([0x5b, 0x7b]);
const CLOSE = new Set([0x5d, 0x7d]);

/**
 * Members of a list: what stands between its own commas, outside of texts and of what is nested. Returns the place behind the
 * list, −1 when it has no end.
 */
function* listTexts(body: string, from: number): Generator<BodyText | undefined, number> {
  let line = 0;
  let lookAt = from + LOOK_CHARS;
  let depth = 0;
  let start = body.indexOf('[', from) + 1;
  for (let at = start; at < body.length; at++) {
    if (at >= lookAt) {
      lookAt = at + LOOK_CHARS;
      yield undefined;
    }
    const code = body.charCodeAt(at);
    if (code === QUOTE) at = endOfText(body, at);
    else if (OPEN.has(code)) depth++;
    else if (code === COMMA && depth === 0) {
      yield { line: ++line, text: body.slice(start, at).trim() };
      start = at + 1;
    } else if (CLOSE.has(code) && depth-- === 0) {
      const text = body.slice(start, at).trim();
      if (text !== '' || line > 0) yield { line: ++line, text };
      return at + 1;
    }
  }
  return -1;
}

/** Place of the quote that ends the text which begins at `at`; the body's end when none does. */
function endOfText(body: string, at: number): number {
  for (let end = body.indexOf('"', at + 1); end >= 0; end = body.indexOf('"', end + 1))
    if (!isEscaped(body, end)) return end;
  return body.length;
}

/** Behind an odd number of backslashes. */
function isEscaped(body: string, at: number): boolean {
  let from = at;
  while (body.charCodeAt(from - 1) === BACKSLASH) from--;
  return (at - from) % 2 === 1;
}
