import { EVENT_NAMES, type ErrorCode } from './messages.js';
import { STRING_LIMITS, WIRE_LIMITS } from './limits.js';

/** What is wrong with a message, as its `error` says it. */
export interface Problem {
  readonly code: ErrorCode;
  readonly message: string;
}

const NAMES: ReadonlySet<unknown> = new Set(EVENT_NAMES);
/** Events about exactly one item; the others take `items` in place of `item`. */
const ONE_ITEM: ReadonlySet<unknown> = new Set([
  'select_item',
  'view_item',
  'rate_item',
  'dismiss_item',
  'review',
]);

function invalid(message: string): Problem {
  return { code: 'invalid_field', message };
}

/** True for a string of 1 to `max` UTF-16 units. */
export function isName(value: unknown, max: number): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= max;
}

function isText(value: unknown, max: number): boolean {
  return typeof value === 'string' && value.length <= max;
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

function isFiniteNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function itemsProblem(items: unknown): Problem | undefined {
  if (!Array.isArray(items)) return invalid('items is not a list');
  if (items.length > WIRE_LIMITS.itemsPerEvent)
    return { code: 'too_many', message: `more than ${WIRE_LIMITS.itemsPerEvent} items` };
  for (const item of items) {
    if (!isName(item, STRING_LIMITS.id))
      return invalid(`items holds something else than ids of 1 to ${STRING_LIMITS.id} characters`);
  }
  return undefined;
}

function subjectProblem(raw: Readonly<Record<string, unknown>>): Problem | undefined {
  const hasItem = !isAbsent(raw.item);
  if (hasItem && !isName(raw.item, STRING_LIMITS.id))
    return invalid(`item is not a string of 1 to ${STRING_LIMITS.id} characters`);
  const hasItems = !isAbsent(raw.items);
  const found = hasItems ? itemsProblem(raw.items) : undefined;
  if (found !== undefined) return found;
  if (raw.e === 'search')
    return isName(raw.query, STRING_LIMITS.query)
      ? undefined
      : invalid(`search needs a query of 1 to ${STRING_LIMITS.query} characters`);
  if (hasItem) return undefined;
  if (ONE_ITEM.has(raw.e)) return invalid(`${String(raw.e)} needs an item`);
  return hasItems && (raw.items as unknown[]).length > 0
    ? undefined
    : invalid(`${String(raw.e)} needs item or items`);
}

function numbersProblem(raw: Readonly<Record<string, unknown>>): Problem | undefined {
  if (!isAbsent(raw.ts) && !isFiniteNumber(raw.ts)) return invalid('ts is not a finite number of ms');
  if (!isAbsent(raw.value) && !isFiniteNumber(raw.value)) return invalid('value is not a finite number');
  if (raw.e === 'rate_item' && !(isFiniteNumber(raw.value) && raw.value >= 1 && raw.value <= 5))
    return invalid('rate_item needs a value of 1 to 5');
  if (
    raw.e === 'review' &&
    !isAbsent(raw.value) &&
    !((raw.value as number) >= 1 && (raw.value as number) <= 5)
  )
    return invalid('the value of a review is not 1 to 5');
  if (!isAbsent(raw.quantity) && !(isFiniteNumber(raw.quantity) && raw.quantity >= 0))
    return invalid('quantity is not a number of 0 or more');
  if (!isAbsent(raw.list) && !isFiniteNumber(raw.list)) return invalid('list is not a number');
  return undefined;
}

function reviewProblem({ e, text, value }: Readonly<Record<string, unknown>>): Problem | undefined {
  if (!isAbsent(text) && !isText(text, STRING_LIMITS.review))
    return invalid(`text is not a string of at most ${STRING_LIMITS.review} characters`);
  if (e === 'review' && isAbsent(value) && (isAbsent(text) || text === ''))
    return invalid('review needs a value of 1 to 5, or a text');
  return undefined;
}

/** A name that somebody sent, short enough for a message to them. */
export function shown(name: unknown): string {
  return typeof name === 'string' ? JSON.stringify(name.slice(0, 40)) : `of type ${typeof name}`;
}

function nameProblem(name: unknown): string {
  const what = isAbsent(name) ? 'e is missing' : `e ${shown(name)} is not an event name of the contract`;
  return `${what}; the names are ${[...NAMES].join(', ')}`;
}

/**
 * Checks everything about an event but `seq` and the catalogue. Hand-written: it runs once for each click.
 * Absent and null are the same for an optional field.
 * @returns the first problem, or undefined when `raw` fits `Event` without its `seq`.
 */
export function eventBodyProblem(raw: Readonly<Record<string, unknown>>): Problem | undefined {
  if (!NAMES.has(raw.e)) return invalid(nameProblem(raw.e));
  const found = subjectProblem(raw) ?? numbersProblem(raw);
  if (found !== undefined) return found;
  if (!isAbsent(raw.query) && (typeof raw.query !== 'string' || raw.query.length > STRING_LIMITS.query)) {
    return invalid(`query is not a string of at most ${STRING_LIMITS.query} characters`);
  }
  const words = reviewProblem(raw);
  if (words !== undefined) return words;
  if (!isAbsent(raw.slot) && !isName(raw.slot, STRING_LIMITS.slot)) return invalid('slot is not a name');
  if (!isAbsent(raw.campaign) && !isName(raw.campaign, STRING_LIMITS.campaign))
    return invalid(`campaign is not a string of 1 to ${STRING_LIMITS.campaign} characters`);
  return isAbsent(raw.traceparent) || isText(raw.traceparent, STRING_LIMITS.traceparent)
    ? undefined
    : invalid(`traceparent is not a string of at most ${STRING_LIMITS.traceparent} characters`);
}

/** @returns the first problem of an event of a session, or undefined when `raw` is an `Event`. */
export function eventProblem(raw: Readonly<Record<string, unknown>>): Problem | undefined {
  if (!Number.isSafeInteger(raw.seq) || (raw.seq as number) < 1)
    return invalid('seq is not a whole number from 1 to 2^53 - 1');
  return eventBodyProblem(raw);
}
