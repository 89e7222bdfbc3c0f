import type { LineProblems } from '../line-problems.js';
import { isNothing } from '../read-number.js';
import type { FeedFields } from './feed-fields.js';
import type { FeedRecord } from './feed-record.js';

const VECTOR_FIELDS = [
  ['vector', 'a list of numbers'],
  ['vectors', 'lists of numbers by name, such as {"image":[0.1,-2]}'],
] as const;

/** The vectors of a record, which in a table are JSON in their cells; what can be none is told. What is in them is not looked at. */
export function vectorsIn(
  { line, fields }: FeedRecord,
  known: FeedFields,
  problems: LineProblems,
): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const [field, expected] of VECTOR_FIELDS) {
    const given = known.value(fields, field);
    if (given === undefined || (typeof given.value === 'string' && isNothing(given.value))) continue;
    const value = typeof given.value === 'string' ? jsonOf(given.value) : given.value;
    if (typeof value === 'object' && value !== null) found[field] = value;
    else problems.add(line, given.name, expected, String(given.value));
  }
  return found;
}

/** Undefined for what is no JSON. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
