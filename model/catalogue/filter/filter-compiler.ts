import type { CompiledFilter } from '../shared-catalogue.js';
import type { FilterColumn } from '../catalogue-dictionaries.js';
import { memberKey, type Dictionary } from '../dictionary.js';
import type { Filter, FilterTest, Scalar } from './filter.js';

/** A double and its bits, in one memory. */
const float = new Float64Array(1);
const bits = new BigInt64Array(float.buffer);

/** What a compiler has to know of a catalogue; `Catalogue` is one. */
export interface FilterColumns {
  filterColumn(name: string): FilterColumn | undefined;
}

const NOTHING: CompiledFilter = { op: 'const', value: false };
const EVERYTHING: CompiledFilter = { op: 'const', value: true };

/**
 * Resolves names and texts of a checked filter into columns and sets of codes. The result is the caller's. It holds for
 * the values that the catalogue knows now; `FilterCache` knows when it has to be compiled again.
 */
export function compileFilter(filter: Filter, columns: FilterColumns): CompiledFilter {
  return combine(
    'all',
    Object.keys(filter).map((name) => compileMember(name, filter[name], columns)),
  );
}

/** Names of all attributes that a filter tests. */
export function filterNames(filter: Filter, names: Set<string> = new Set()): Set<string> {
  for (const name of Object.keys(filter)) {
    const member = filter[name];
    if (name === 'not') filterNames(member as Filter, names);
    else if (Array.isArray(member)) for (const part of member as Filter[]) filterNames(part, names);
    else names.add(name);
  }
  return names;
}

function compileMember(name: string, member: Filter[string], columns: FilterColumns): CompiledFilter {
  if (member === undefined) return EVERYTHING;
  if (name === 'not') return negate(compileFilter(member as Filter, columns));
  if (name === 'any' || name === 'all') {
    return combine(
      name,
      (member as readonly Filter[]).map((part) => compileFilter(part, columns)),
    );
  }
  const test: FilterTest = typeof member === 'object' ? (member as FilterTest) : { eq: member };
  return compileTest(test, columns.filterColumn(name));
}

function compileTest(test: FilterTest, column: FilterColumn | undefined): CompiledFilter {
  const parts: CompiledFilter[] = [];
  if (test.eq !== undefined) parts.push(oneOf([test.eq], column));
  if (test.ne !== undefined) parts.push(negate(oneOf([test.ne], column)));
  if (test.in !== undefined) parts.push(oneOf(test.in, column));
  if (test.nin !== undefined) parts.push(negate(oneOf(test.nin, column)));
  if (test.exists !== undefined) parts.push(test.exists ? present(column) : negate(present(column)));
  if ((test.lt ?? test.lte ?? test.gt ?? test.gte) !== undefined) parts.push(range(test, column));
  return combine('all', parts);
}

function present(column: FilterColumn | undefined): CompiledFilter {
  return column === undefined ? NOTHING : { op: 'exists', column: column.column };
}

function range(test: FilterTest, column: FilterColumn | undefined): CompiledFilter {
  if (column?.kind !== 'number') return NOTHING;
  const min = Math.max(test.gte ?? -Infinity, test.gt === undefined ? -Infinity : nextUp(test.gt));
  const max = Math.min(test.lte ?? Infinity, test.lt === undefined ? Infinity : nextDown(test.lt));
  return { op: 'range', column: column.column, min, max };
}

function oneOf(scalars: readonly Scalar[], column: FilterColumn | undefined): CompiledFilter {
  if (column === undefined) return NOTHING;
  if (column.kind === 'dictionary') return codes(scalars, column.column, column.dictionary);
  const values = Float64Array.from(scalars.filter((scalar) => typeof scalar === 'number')).sort();
  if (values.length === 0) return NOTHING;
  if (values.length === 1) return { op: 'range', column: column.column, min: values[0], max: values[0] };
  return { op: 'values', column: column.column, values };
}

function codes(
  scalars: readonly Scalar[],
  column: number,
  dictionary: Dictionary | undefined,
): CompiledFilter {
  const found = scalars.flatMap((scalar) => dictionary?.codesWith(memberKey(scalar)) ?? []);
  if (found.length === 0) return NOTHING;
  const highest = found.reduce((a, b) => Math.max(a, b), 0);
  const bits = new Uint8Array((highest >> 3) + 1);
  for (const code of found) bits[code >> 3] |= 1 << (code & 7);
  return { op: 'codes', column, bits };
}

function negate(part: CompiledFilter): CompiledFilter {
  if (part.op === 'const') return part.value ? NOTHING : EVERYTHING;
  return part.op === 'not' ? part.part : { op: 'not', part };
}

/** Constants are folded, so that what is left is what has to be looked at. */
function combine(op: 'all' | 'any', parts: readonly CompiledFilter[]): CompiledFilter {
  const decisive = op === 'any';
  const open = parts.filter((part) => part.op !== 'const');
  if (parts.some((part) => part.op === 'const' && part.value === decisive))
    return decisive ? EVERYTHING : NOTHING;
  if (open.length === 0) return decisive ? NOTHING : EVERYTHING;
  return open.length === 1 ? open[0] : { op, parts: open };
}

/** The smallest double above a finite `value`; bit patterns of doubles of one sign are in the order of their magnitudes. */
export function nextUp(value: number): number {
  if (value === 0) return Number.MIN_VALUE;
  float[0] = value;
  bits[0] += value > 0 ? 1n : -1n;
  return float[0];
}

/** The largest double below a finite `value`. */
export function nextDown(value: number): number {
  return -nextUp(-value);
}
