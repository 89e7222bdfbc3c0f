import { DEPTH_MAX } from './limits.js';
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
export const PROTO_PROBLEM = 'a key named __proto__';
const NOT_UTF8 = 'bytes that are not UTF-8';

/** Broken bytes that are marked in a text. What has more of them is refused whole. */
export const BROKEN_MAX = 1_000;
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
export function readJsonText(text: string): JsonText {
  return parse(text, !isWellFormed(text));
}

/**
 * Bytes as text. Where they are not UTF-8, each broken byte becomes text that is not valid Unicode, for the reader to find. Undefined
 * when there are more than `BROKEN_MAX`.
 */
export function markedText(bytes: Uint8Array): string | undefined {
  const whole = decoded(bytes);
  if (whole !== undefined) return whole;
  let text = '';
  let from = 0;
  for (let found = 0; found <= BROKEN_MAX; found++) {
    const at = brokenUtf8At(bytes, from, bytes.length);
    if (at < 0) return text + fromUtf8.decode(bytes.subarray(from));
    text += fromUtf8.decode(bytes.subarray(from, at)) + MARK;
    from = at + 1;
  }
  return undefined;
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

/** What keeps a text from being parsed: how deep it is, or how many maps, lists and keys it has outside strings. */
export function shapeProblem(text: string, entriesMax: number): string | undefined {
  let depth = 0;
  let entries = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (quoted) {
      if (unit === 92) i++;
      else if (unit === 34) quoted = false;
    } else if (unit === 34) quoted = true;
    else if (unit === 123 || unit === 91) {
      if (++depth > DEPTH_MAX) return `nested deeper than ${DEPTH_MAX}`;
      entries++;
    } else if (unit === 125 || unit === 93) depth--;
    else if (unit === 58) entries++;
    if (entries > entriesMax) return tooManyEntries(entriesMax);
  }
  return undefined;
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
