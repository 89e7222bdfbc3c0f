import { z } from 'zod';
import { ITEM_LIMITS } from '../item.js';

/**
 * Filters over item attributes, as clients write them; the wire folder has the same types (a test compares them).
 *
 * Meaning, as in MongoDB: a missing value fails `eq`, `in`, `lt`, `lte`, `gt`, `gte` and `exists: true`, and passes `ne`,
 * `nin` and `exists: false`. Types are strict: `"5"` is not `5`, and an order comparison of anything but numbers fails.
 * A list matches `eq` or `in` when one of its members does, and `ne` or `nin` when none does; it is missing only when the
 * item has no such attribute, so an empty list exists. All members of a map must hold, so `{}` and `all: []` pass
 * everything; `any: []` passes nothing.
 */
export interface Filter {
  readonly any?: readonly Filter[];
  readonly all?: readonly Filter[];
  readonly not?: Filter;
  readonly [attribute: string]: FilterTest | Scalar | Filter | readonly Filter[] | undefined;
}

export type Scalar = string | number | boolean;

/** Comparisons with one attribute; all that are there must hold. */
export interface FilterTest {
  readonly eq?: Scalar;
  readonly ne?: Scalar;
  readonly in?: readonly Scalar[];
  readonly nin?: readonly Scalar[];
  readonly lt?: number;
  readonly lte?: number;
  readonly gt?: number;
  readonly gte?: number;
  readonly exists?: boolean;
}

/** Bounds of one filter: nesting, filters and tests in all, members of one `in` or `nin`, characters of a text. */
export const FILTER_LIMITS = {
  depth: 8,
  nodes: 64,
  members: 1_000,
  text: ITEM_LIMITS.attributeText,
} as const;

/** A checked filter, without prototypes, or what is wrong with it and where. */
export type FilterParse = { readonly filter: Filter } | { readonly problem: string };

/** Checks what a client sent; work is bounded by `FILTER_LIMITS` whatever that is. */
export function parseFilter(raw: unknown): FilterParse {
  const reader = new FilterReader();
  const filter = reader.filter(raw, 'filter', 1);
  return reader.problem === undefined ? { filter } : { problem: reader.problem };
}

/** `parseFilter` as a schema, to be part of others. */
export const filterSchema: z.ZodType<Filter> = z.unknown().transform((raw, context) => {
  const parse = parseFilter(raw);
  if ('filter' in parse) return parse.filter;
  context.addIssue({ code: 'custom', message: parse.problem });
  return z.NEVER;
});

/** Canonical JSON: equal for filters that differ in the order of their members alone. */
export function filterKey(filter: Filter): string {
  return JSON.stringify(filter, (_name, value: unknown) => (isMap(value) ? sortedMembers(value) : value));
}

function sortedMembers(map: Record<string, unknown>): Record<string, unknown> {
  const sorted = Object.create(null) as Record<string, unknown>;
  for (const name of Object.keys(map).sort()) sorted[name] = map[name];
  return sorted;
}

/** Reads one filter. After the first problem its results mean nothing. */
class FilterReader {
  problem: string | undefined;
  #nodes = 0;

  filter(raw: unknown, path: string, depth: number): Filter {
    const filter = Object.create(null) as Record<string, Filter[string]>;
    if (!isMap(raw)) return this.#fail(path, 'expected a map', filter);
    if (depth > FILTER_LIMITS.depth)
      return this.#fail(path, `nested deeper than ${FILTER_LIMITS.depth}`, filter);
    if (!this.#count(path)) return filter;
    for (const name of Object.keys(raw)) {
      filter[name] = this.#member(name, raw[name], `${path}.${name}`, depth) as Filter[string];
      if (this.problem !== undefined) break;
    }
    return filter;
  }

  #member(name: string, raw: unknown, path: string, depth: number): unknown {
    if (name === 'not') return this.filter(raw, path, depth + 1);
    if (name === 'any' || name === 'all') return this.#filters(raw, path, depth);
    if (name === '__proto__' || name.length > ITEM_LIMITS.attributeName)
      return this.#fail(path, 'no such attribute', raw);
    if (!this.#count(path)) return raw;
    if (isMap(raw)) return this.#test(raw, path);
    return this.#scalar(raw, path, 'expected a text, a finite number, a boolean or a map of comparisons');
  }

  #filters(raw: unknown, path: string, depth: number): Filter[] {
    const filters: Filter[] = [];
    if (!Array.isArray(raw)) return this.#fail(path, 'expected a list of filters', filters);
    for (let i = 0; i < raw.length && this.problem === undefined; i++) {
      filters.push(this.filter(raw[i], `${path}[${i}]`, depth + 1));
    }
    return filters;
  }

  #test(raw: Record<string, unknown>, path: string): FilterTest {
    const test = Object.create(null) as Record<string, unknown>;
    for (const name of Object.keys(raw)) {
      test[name] = this.#operand(name, raw[name], `${path}.${name}`);
      if (this.problem !== undefined) break;
    }
    return test;
  }

  #operand(operator: string, raw: unknown, path: string): unknown {
    switch (operator) {
      case 'eq':
      case 'ne':
        return this.#scalar(raw, path, 'expected a text, a finite number or a boolean');
      case 'in':
      case 'nin':
        return this.#members(raw, path);
      case 'lt':
      case 'lte':
      case 'gt':
      case 'gte':
        return Number.isFinite(raw) ? raw : this.#fail(path, 'expected a finite number', raw);
      case 'exists':
        return typeof raw === 'boolean' ? raw : this.#fail(path, 'expected true or false', raw);
      default:
        return this.#fail(
          path,
          'no such comparison; there are eq, ne, in, nin, lt, lte, gt, gte, exists',
          raw,
        );
    }
  }

  #members(raw: unknown, path: string): unknown {
    if (!Array.isArray(raw)) return this.#fail(path, 'expected a list', raw);
    if (raw.length > FILTER_LIMITS.members)
      return this.#fail(path, `more than ${FILTER_LIMITS.members} members`, raw);
    for (let i = 0; i < raw.length && this.problem === undefined; i++) {
      this.#scalar(raw[i], `${path}[${i}]`, 'expected a text, a finite number or a boolean');
    }
    return raw;
  }

  #scalar(raw: unknown, path: string, expected: string): unknown {
    if (typeof raw === 'boolean' || Number.isFinite(raw)) return raw;
    if (typeof raw !== 'string') return this.#fail(path, expected, raw);
    return raw.length <= FILTER_LIMITS.text
      ? raw
      : this.#fail(path, `longer than ${FILTER_LIMITS.text} characters`, raw);
  }

  #count(path: string): boolean {
    if (++this.#nodes > FILTER_LIMITS.nodes)
      this.#fail(path, `more than ${FILTER_LIMITS.nodes} filters and tests`, undefined);
    return this.problem === undefined;
  }

  #fail<T>(path: string, problem: string, result: T): T {
    this.problem ??= `${path.slice(0, PATH_CHARS_MAX)}: ${problem}`;
    return result;
  }
}

const PATH_CHARS_MAX = 200;

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
