import { markedText, shapeProblem } from '../../protocol/json-text.js';
import { ENTRIES_MAX, VALUE_CHARS_MAX } from '../../protocol/limits.js';

/**
 * One value of a body as it was sent; `line` counts from 1: lines of NDJSON, members of a list. One that is longer than `VALUE_CHARS_MAX` is
 * cut behind that, and refused for its length by who reads it.
 */
export interface BodyText {
  readonly line: number;
  readonly text: string;
}

/** U+FEFF, with which some programs begin a file. */
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf] as const;
/** Bytes that more characters than a value may have take at least. */
const VALUE_BYTES_MAX = 3 * VALUE_CHARS_MAX;
/** In the place of a text with more broken bytes than are marked. */
const NO_TEXT = '\udc00';

/**
 * The values of a body that is NDJSON, one JSON list or one JSON value, one by one and unread, so that a reader may rest in between; undefined
 * comes now and then where values are long or lines empty, which are skipped. Whether a value is JSON is the reader's to find out;
 * `listProblem` says whether a list is one.
 *
 * Each value becomes a text by itself: the whole of a body of 8 MiB as one would be copied by the garbage collector, which holds the
 * thread for tens of milliseconds.
 */
export function* bodyTexts(body: Uint8Array): Generator<BodyText | undefined> {
  const start = startOf(body);
  if (isList(body, start)) return yield* listTexts(body, start);
  const value = oneValueIn(body, start);
  if (value === undefined) yield* lineTexts(body, start);
  else yield { line: 1, text: value };
}

/** Bodies up to this may be one value over several lines, as people and tools print it. It is read at once to find out, if a message may hold as much. */
const ONE_VALUE_BYTES_MAX = 64 * 1024;

/** The text of a body that is one value; undefined for others. */
function oneValueIn(body: Uint8Array, start: number): string | undefined {
  if (body.length > ONE_VALUE_BYTES_MAX) return undefined;
  const text = textOf(body.subarray(start));
  if (shapeProblem(text, ENTRIES_MAX) !== undefined) return undefined;
  try {
    JSON.parse(text);
    return text;
  } catch {
    return undefined;
  }
}

/** What is wrong with a body that begins as a list and does not end as one. Yields now and then, so that the reader may rest. */
export function* listProblem(body: Uint8Array): Generator<void, string | undefined> {
  const start = startOf(body);
  if (!isList(body, start)) return undefined;
  const texts = listTexts(body, start);
  let next = texts.next();
  for (; next.done !== true; next = texts.next()) yield;
  if (next.value < 0) return 'it has no end';
  for (let from = next.value; from < body.length; from += LOOK_BYTES) {
    if (!body.subarray(from, from + LOOK_BYTES).every(isBlank)) return 'more comes after its end';
    yield;
  }
  return undefined;
}

/** True for a body that begins as a list. */
export function beginsAsList(body: Uint8Array): boolean {
  return isList(body, startOf(body));
}

function startOf(body: Uint8Array): number {
  return BYTE_ORDER_MARK.every((byte, at) => body[at] === byte) ? BYTE_ORDER_MARK.length : 0;
}

function isList(body: Uint8Array, start: number): boolean {
  const end = Math.min(body.length, start + VALUE_CHARS_MAX);
  let at = start;
  while (at < end && isBlank(body[at])) at++;
  return at < end && body[at] === OPEN_LIST;
}

/** Tab, line feed, form feed, carriage return, space. */
function isBlank(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}

function* lineTexts(body: Uint8Array, from: number): Generator<BodyText | undefined> {
  let line = 0;
  for (let start = from; start <= body.length;) {
    const newline = body.indexOf(NEWLINE, start);
    const end = newline < 0 ? body.length : newline;
    line++;
    const text = valueIn(body, start, end);
    start = end + 1;
    if (text !== '') yield { line, text };
    else if (line % EMPTY_LINES === 0) yield undefined;
  }
}

/** Between two looks whether to rest: lines without anything, and bytes of a list; some ten microseconds. */
const EMPTY_LINES = 256;
const LOOK_BYTES = 8_192;

const NEWLINE = 0x0a;
const OPEN_LIST = 0x5b;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const isOpening = (byte: number): boolean => byte === OPEN_LIST || byte === 0x7b;
const isClosing = (byte: number): boolean => byte === 0x5d || byte === 0x7d;

/**
 * Members of a list: what stands between its own commas, outside of texts and of what is nested. Returns the place behind the
 * list, −1 when it has no end.
 */
function* listTexts(body: Uint8Array, from: number): Generator<BodyText | undefined, number> {
  let line = 0;
  let lookAt = from + LOOK_BYTES;
  let depth = 0;
  let quoted = false;
  let start = body.indexOf(OPEN_LIST, from) + 1;
  for (let at = start; at < body.length; at++) {
    if (at >= lookAt) {
      lookAt = at + LOOK_BYTES;
      yield undefined;
    }
    const byte = body[at];
    if (quoted) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) quoted = false;
    } else if (byte === QUOTE) quoted = true;
    else if (isOpening(byte)) depth++;
    else if (byte === COMMA && depth === 0) {
      yield { line: ++line, text: valueIn(body, start, at) };
      start = at + 1;
    } else if (isClosing(byte) && depth-- === 0) {
      const text = valueIn(body, start, at);
      if (text !== '' || line > 0) yield { line: ++line, text };
      return at + 1;
    }
  }
  return -1;
}

/** What stands there, without blanks around it; of what is too long so much that it is seen to be. */
function valueIn(body: Uint8Array, from: number, to: number): string {
  // In ASCII it is seen after a third of what it may take.
  for (const bytes of [VALUE_CHARS_MAX + 1, VALUE_BYTES_MAX + 1]) {
    const text = textOf(body.subarray(from, Math.min(to, from + bytes)));
    if (text.length > VALUE_CHARS_MAX) return text.slice(0, VALUE_CHARS_MAX + 1);
    if (to - from <= bytes) return text.trim();
  }
  return NO_TEXT;
}

function textOf(bytes: Uint8Array): string {
  return markedText(bytes) ?? NO_TEXT;
}
