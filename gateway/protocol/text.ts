import { DEPTH_MAX } from './limits.js';

/**
 * Which texts the gateway takes. All of what is decoded, by whichever way it came, is valid Unicode: half of a surrogate pair
 * has no UTF-8, so on disk two such texts would become one. What names a user, a session, an event, a slot or a device is free
 * of control characters and noncharacters as well: those the gateway keeps for names of its own.
 */

/** Half of a pair that stands alone; with the flag `u` a whole pair is one character and does not match. */
const HALF = /\p{Cs}/u;
const UNFIT_FOR_NAMES = /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/u;

/** Letters of a name that a message about it shows. */
const SHOWN_LENGTH = 40;

/** What is wrong with a name that `isPlain` is false for. */
export const NAME_PROBLEM = 'holds a control character or is not valid Unicode';

/** True for a text that may be a name, but for its length. */
export function isPlain(text: string): boolean {
  return !UNFIT_FOR_NAMES.test(text);
}

/** True for valid Unicode. */
export function isWellFormed(text: string): boolean {
  return !HALF.test(text);
}

/**
 * Says which text in a decoded value is not valid Unicode, the first of them by its path: `items.3`, `slots.0.filter.colour`.
 * Undefined when all are. A field's name counts as a text; what is nested deeper than `DEPTH_MAX` is a
 * problem as well.
 */
export function textProblem(value: unknown): string | undefined {
  return illFormedIn(value, '', 0);
}

/** What is wrong with the text at a path; '' is the value itself. */
export function notUnicode(path: string): string {
  return `${path === '' ? 'the text' : path} is not valid Unicode`;
}

/** `name` behind `path`, cut where it is long. */
export function pathTo(path: string, name: string): string {
  const shown = name.slice(0, SHOWN_LENGTH).replace(HALF, '');
  return path === '' ? shown : `${path}.${shown}`;
}

/** Name of a field's name in a path. */
export const FIELD_NAME = '(a field name)';

function illFormedIn(value: unknown, path: string, depth: number): string | undefined {
  if (typeof value === 'string') return isWellFormed(value) ? undefined : notUnicode(path);
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth === DEPTH_MAX) return `${path} is nested deeper than ${DEPTH_MAX}`;
  for (const [name, member] of Object.entries(value)) {
    if (!isWellFormed(name)) return notUnicode(pathTo(path, FIELD_NAME));
    const found = illFormedIn(member, pathTo(path, name), depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}
