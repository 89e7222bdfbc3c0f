import { shapeProblem } from '../../protocol/json-text.js';
import { ENTRIES_MAX, VALUE_CHARS_MAX } from '../../protocol/limits.js';

/**
 * One value of a body as it was sent; `line` counts from 1: lines of NDJSON, members of a list. One that is longer than `VALUE_CHARS_MAX` is
 * cut behind that, and refused for its length by who reads it.
 */
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

/** Bodies up to this may be one value over several lines, as people and tools print it. It is read at once to find out, if a message may hold as much. */
const ONE_VALUE_CHARS_MAX = 64 * 1024;

function isOneValue(body: string, start: number): boolean {
  if (body.length > ONE_VALUE_CHARS_MAX || shapeProblem(body, ENTRIES_MAX) !== undefined) return false;
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
  for (let from = next.value; from < body.length; from += LOOK_CHARS) {
    if (body.slice(from, from + LOOK_CHARS).trim() !== '') return 'more comes after its end';
    yield;
  }
  return undefined;
}

/** True for a body that begins as a list. */
export function beginsAsList(body: string): boolean {
  return isList(body, body.startsWith(BYTE_ORDER_MARK) ? 1 : 0);
}

function isList(body: string, start: number): boolean {
  NO_SPACE.lastIndex = 0;
  return NO_SPACE.exec(body.slice(start, start + VALUE_CHARS_MAX))?.[0] === '[';
}

function* lineTexts(body: string, from: number): Generator<BodyText | undefined> {
  let line = 0;
  for (let start = from; start <= body.length;) {
    const newline = body.indexOf('\n', start);
    const end = newline < 0 ? body.length : newline;
    line++;
    const text = valueIn(body, start, end);
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
  let quoted = false;
  let start = body.indexOf('[', from) + 1;
  for (let at = start; at < body.length; at++) {
    if (at >= lookAt) {
      lookAt = at + LOOK_CHARS;
      yield undefined;
    }
    const code = body.charCodeAt(at);
    if (quoted) {
      if (code === BACKSLASH) at++;
      else if (code === QUOTE) quoted = false;
    } else if (code === QUOTE) quoted = true;
    else if (OPEN.has(code)) depth++;
    else if (code === COMMA && depth === 0) {
      yield { line: ++line, text: valueIn(body, start, at) };
      start = at + 1;
    } else if (CLOSE.has(code) && depth-- === 0) {
      const text = valueIn(body, start, at);
      if (text !== '' || line > 0) yield { line: ++line, text };
      return at + 1;
    }
  }
  return -1;
}

/** What stands there, without blanks around it; of what is too long so much that it is seen to be. */
function valueIn(body: string, from: number, to: number): string {
  return to - from > VALUE_CHARS_MAX
    ? body.slice(from, from + VALUE_CHARS_MAX + 1)
    : body.slice(from, to).trim();
}
