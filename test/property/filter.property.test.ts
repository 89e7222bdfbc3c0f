import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CatalogueView } from '../../model/catalogue/catalogue-view.js';
import type { Item } from '../../model/catalogue/shared-catalogue.js';
import { compileFilter } from '../../model/catalogue/filter/filter-compiler.js';
import {
  parseFilter,
  type Filter,
  type FilterTest,
  type Scalar,
} from '../../model/catalogue/filter/filter.js';
import { sampleCatalogue } from '../support/model/sample-catalogue.js';

const text = fc.constantFrom('red', 'blue', '5', 'true', '');
const number = fc.constantFrom(-1, 0, 1, 2.5, 5);
const scalar: fc.Arbitrary<Scalar> = fc.oneof(text, number, fc.boolean());

const item: fc.Arbitrary<Omit<Item, 'id'>> = fc.record(
  {
    price: fc.constantFrom(0, 1, 2.5, 5),
    category: fc.constantFrom('red', 'blue'),
    brand: fc.constantFrom('5', 'true'),
    attributes: fc.record(
      { size: number, colour: fc.oneof(text, fc.boolean(), fc.array(text, { maxLength: 3 })) },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
);

const test: fc.Arbitrary<FilterTest> = fc.record(
  {
    eq: scalar,
    ne: scalar,
    in: fc.array(scalar, { maxLength: 4 }),
    nin: fc.array(scalar, { maxLength: 4 }),
    lt: number,
    lte: number,
    gt: number,
    gte: number,
    exists: fc.boolean(),
  },
  { requiredKeys: [] },
);

const attribute = fc.constantFrom('price', 'category', 'brand', 'size', 'colour', 'unheardOf');
const member = fc.tuple(attribute, fc.oneof(scalar, test));

/** Filters of a few members, nested so deep. */
function filterOf(depth: number): fc.Arbitrary<Filter> {
  if (depth === 1)
    return fc.array(member, { maxLength: 2 }).map((members) => Object.fromEntries(members) as Filter);
  const part = filterOf(depth - 1);
  const parts = fc.array(part, { maxLength: 3 });
  const combination = fc.oneof(
    fc.tuple(fc.constantFrom('any', 'all'), parts),
    fc.tuple(fc.constant('not'), part),
    member,
  );
  return fc
    .array(combination, { minLength: 1, maxLength: 2 })
    .map((members) => Object.fromEntries(members) as Filter);
}

const filter = fc.integer({ min: 1, max: 4 }).chain(filterOf);

/** The meaning of a filter as `model/catalogue/filter/filter.ts` states it, straight from the item. */
function passes(filter: Filter, item: Omit<Item, 'id'>): boolean {
  return Object.entries(filter).every(([name, member]) => {
    if (name === 'not') return !passes(member as Filter, item);
    if (name === 'any') return (member as Filter[]).some((part) => passes(part, item));
    if (name === 'all') return (member as Filter[]).every((part) => passes(part, item));
    const value = { ...item.attributes, price: item.price, category: item.category, brand: item.brand }[name];
    return holds(typeof member === 'object' ? (member as FilterTest) : { eq: member }, value);
  });
}

function holds(test: FilterTest, value: unknown): boolean {
  const members = value === undefined ? [] : Array.isArray(value) ? value : [value];
  const isOneOf = (scalars: readonly Scalar[]): boolean =>
    members.some((member) => scalars.includes(member as Scalar));
  const compares = (bound: number | undefined, compare: (a: number, b: number) => boolean): boolean =>
    bound === undefined || (typeof value === 'number' && compare(value, bound));
  return (
    (test.eq === undefined || isOneOf([test.eq])) &&
    (test.ne === undefined || !isOneOf([test.ne])) &&
    (test.in === undefined || isOneOf(test.in)) &&
    (test.nin === undefined || !isOneOf(test.nin)) &&
    (test.exists === undefined || test.exists === (value !== undefined)) &&
    compares(test.lt, (a, b) => a < b) &&
    compares(test.lte, (a, b) => a <= b) &&
    compares(test.gt, (a, b) => a > b) &&
    compares(test.gte, (a, b) => a >= b)
  );
}

function parsed(raw: Filter): Filter {
  const parse = parseFilter(raw);
  if ('problem' in parse) throw new Error(parse.problem);
  return parse.filter;
}

it('a compiled filter passes exactly the items that the filter means', async () => {
  let passed = 0;
  let failed = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(item, { minLength: 1, maxLength: 8 }),
      fc.array(filter, { minLength: 1, maxLength: 4 }),
      async (items, filters) => {
        const catalogue = await sampleCatalogue();
        await catalogue.upsert(items.map((fields, i) => ({ id: `i${i}`, ...fields })));
        const view = new CatalogueView(catalogue.shared);
        for (const raw of filters) {
          const compiled = compileFilter(parsed(raw), catalogue);
          items.forEach((fields, index) => {
            const expected = passes(raw, fields);
            expect(view.passes(compiled, index)).toBe(expected);
            if (expected) passed++;
            else failed++;
          });
        }
      },
    ),
    { numRuns: 300 },
  );
  expect(passed).toBeGreaterThan(500);
  expect(failed).toBeGreaterThan(500);
});
