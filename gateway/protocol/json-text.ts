import { DEPTH_MAX, NAMES_MAX, VALUE_CHARS_MAX, VALUES_MAX } from './limits.js';
import { isWellFormed, textProblem } from './text.js';
import { brokenUtf8At } from './utf8.js';

/**
 * A JSON value, or why the bytes are none. `malformed`: they do not decode. `invalid_field`: they do, and `problem` names the
 * text that is not valid Unicode. `value` is what was decoded as far as it was, for the `seq` or `id` of the answer.
 */
export type JsonText =
  | { readonly ok: true; readonly value: unknown }
  | {
      readonly ok: false;
      readonly code: 'malformed' | 'invalid_field';
      readonly problem: string;
      readonly value?: unknown;
    };

const fromUtf8 = new TextDecoder('utf-8', { fatal: true });
const pieceFromUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const ID_KEY = '"id"';
const VALUE_KEY = '"value"';
const BACKSLASH = 92;
export const TOO_MANY_NAMES = `more than ${NAMES_MAX} keys that are neither id nor value`;
export const PROTO_PROBLEM = 'a key named __proto__';
const NOT_UTF8 = 'bytes that are not UTF-8';

/** Broken bytes that are marked in a text. What has more of them is refused whole. */
export const BROKEN_MAX = 1_000;
/** Bytes of a long text that are decoded at once, in half a millisecond. */
const PIECE_BYTES = 64 * 1024;
/** Two second halves of surrogate pairs: whatever stands before or behind, one of them stays without its first half. */
const MARK = '\udc00\udc00';

/**
 * Reads UTF-8 JSON of any type, as deep as a message may be.
 * @param entriesMax maps, lists and keys that it may hold.
 */
export function readJson(bytes: Uint8Array, entriesMax = Infinity): JsonText {
  const text = decoded(bytes);
  if (text !== undefined) return parse(text, false, entriesMax);
  const marked = markedText(bytes);
  return marked === undefined ? malformed(NOT_UTF8) : parse(marked, true, entriesMax);
}

/** The same of a text that was made by `markedText`. */
export function readJsonText(text: string, entriesMax = Infinity): JsonText {
  return parse(text, !isWellFormed(text), entriesMax);
}

/**
 * The same of a value of up to a megabyte, for a reader that rests whenever it yields: to look at it and to parse it take milliseconds each.
 */
export function* readLongJson(bytes: Uint8Array, entriesMax: number): Generator<void, JsonText> {
  // At once: a text made of pieces is copied when it is looked at, and by the garbage collector before that.
  const text = decoded(bytes) ?? (yield* markedPieces(bytes));
  yield;
  if (text === undefined) return malformed(NOT_UTF8);
  const problem = shapeProblem(text, entriesMax);
  yield;
  return problem === undefined ? parseShaped(text, !isWellFormed(text)) : malformed(problem);
}

/**
 * Bytes as text. Where they are not UTF-8, each broken byte becomes text that is not valid Unicode, for the reader to find. Undefined
 * when there are more than `BROKEN_MAX`.
 */
export function markedText(bytes: Uint8Array): string | undefined {
  const pieces = markedPieces(bytes);
  let piece = pieces.next();
  while (piece.done !== true) piece = pieces.next();
  return piece.value;
}

/** The same of a long text, for a reader that rests whenever it yields. */
export function* markedPieces(bytes: Uint8Array): Generator<void, string | undefined> {
  const broken = { left: BROKEN_MAX };
  let text = '';
  for (let from = hasOrderMark(bytes) ? ORDER_MARK.length : 0; from < bytes.length;) {
    const to = pieceEnd(bytes, from);
    text += markedPiece(bytes.subarray(from, to), broken);
    if (broken.left < 0) return undefined;
    from = to;
    if (from < bytes.length) yield;
  }
  return text;
}

/** The UTF-8 of U+FEFF, with which some programs begin a file. */
const ORDER_MARK = [0xef, 0xbb, 0xbf] as const;

function hasOrderMark(bytes: Uint8Array): boolean {
  return ORDER_MARK.every((byte, at) => bytes[at] === byte);
}

/** Where a piece of a long text that begins at `from` ends: not inside of a character. */
export function pieceEnd(bytes: Uint8Array, from: number): number {
  const end = from + PIECE_BYTES;
  if (end >= bytes.length) return bytes.length;
  for (let back = 0; back <= 3; back++) if ((bytes[end - back] & 0xc0) !== 0x80) return end - back;
  return end;
}

/** Takes the broken bytes that it marks from `broken.left`; what it returns when that is negative is not all. */
function markedPiece(bytes: Uint8Array, broken: { left: number }): string {
  try {
    return pieceFromUtf8.decode(bytes);
  } catch {
    // Said below.
  }
  let text = '';
  let from = 0;
  for (let at = 0; at >= 0 && broken.left >= 0; broken.left--) {
    at = brokenUtf8At(bytes, from, bytes.length);
    if (at < 0) return text + pieceFromUtf8.decode(bytes.subarray(from));
    text += pieceFromUtf8.decode(bytes.subarray(from, at)) + MARK;
    from = at + 1;
  }
  return text;
}

/** Undefined for bytes that are not UTF-8. */
function decoded(bytes: Uint8Array): string | undefined {
  try {
    return fromUtf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** @param isMarked true when there is half of a pair in the text, outside of escapes */
function parse(text: string, isMarked: boolean, entriesMax = Infinity): JsonText {
  const problem = shapeProblem(text, entriesMax);
  return problem === undefined ? parseShaped(text, isMarked) : malformed(problem);
}

function parseShaped(text: string, isMarked: boolean): JsonText {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return malformed(isMarked ? NOT_UTF8 : (error as Error).message);
  }
  // Only an escape can hide the key, or write half of a pair.
  const isEscaped = text.includes('\\u');
  if ((isEscaped || text.includes('__proto__')) && hasProtoKey(value))
    return { ...malformed(PROTO_PROBLEM), value };
  const problem = isEscaped || isMarked ? textProblem(value) : undefined;
  return problem === undefined ? { ok: true, value } : { ok: false, code: 'invalid_field', problem, value };
}

function malformed(problem: string): Extract<JsonText, { ok: false }> {
  return { ok: false, code: 'malformed', problem };
}

/** What keeps a text from being parsed: how long or deep it is, or how many maps, lists, keys, names and other values it has outside strings. */
export function shapeProblem(text: string, entriesMax: number): string | undefined {
  if (text.length > VALUE_CHARS_MAX) return `longer than ${VALUE_CHARS_MAX} characters`;
  let depth = 0;
  let entries = 0;
  let names = 0;
  let commas = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (quoted) {
      if (unit === BACKSLASH) i++;
      else if (unit === 34) quoted = false;
    } else if (unit === 34) quoted = true;
    else if (unit === 123 || unit === 91) {
      if (++depth > DEPTH_MAX) return `nested deeper than ${DEPTH_MAX}`;
      entries++;
    } else if (unit === 125 || unit === 93) depth--;
    else if (unit === 58) {
      entries++;
      if (!isCandidateKey(text, i) && ++names > NAMES_MAX) return TOO_MANY_NAMES;
    } else if (unit === 44 && ++commas >= VALUES_MAX) return `more than ${VALUES_MAX} values`;
    if (entries > entriesMax) return tooManyEntries(entriesMax);
  }
  return undefined;
}

/** True when the key before the colon at `colon` is one of a candidate. One with blanks before the colon counts as another. */
function isCandidateKey(text: string, colon: number): boolean {
  const length = text.startsWith(ID_KEY, colon - ID_KEY.length)
    ? ID_KEY.length
    : text.startsWith(VALUE_KEY, colon - VALUE_KEY.length)
      ? VALUE_KEY.length
      : 0;
  return length > 0 && text.charCodeAt(colon - length - 1) !== BACKSLASH;
}

/** Of a message or body that has more maps, lists and keys than it may. */
export function tooManyEntries(entriesMax: number): string {
  return `more than ${entriesMax} maps, lists and keys`;
}

/** True when a key `__proto__` is in what JSON gave. */
export function hasProtoKey(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Object.hasOwn(value, '__proto__')) return true;
  return Object.values(value).some(hasProtoKey);
}
