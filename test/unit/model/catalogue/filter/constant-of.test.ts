import { expect, test } from 'vitest';
import { constantOf } from '../../../../../model/catalogue/filter/constant-of.js';
import { parseFilter, type Filter } from '../../../../../model/catalogue/filter/filter.js';

function parsed(raw: object): Filter {
  const parse = parseFilter(raw);
  if ('problem' in parse) throw new Error(parse.problem);
  return parse.filter;
}

test.each([
  {},
  { price: {} },
  { all: [] },
  { all: [{}, { price: {}, all: [{}] }] },
  { any: [{ price: { lt: 5 } }, {}] },
  { not: { any: [] } },
  { not: { category: { in: [] } } },
  { category: { nin: [] } },
])('%j passes every item', (raw) => {
  expect(constantOf(parsed(raw))).toBe(true);
});

test.each([
  { any: [] },
  { not: {} },
  { category: { in: [], eq: 'a' } },
  { all: [{ any: [] }, { price: 5 }] },
])('%j passes none', (raw) => {
  expect(constantOf(parsed(raw))).toBe(false);
});

test.each([
  { price: 5 },
  { price: { lt: 5 } },
  { category: { nin: ['a'] } },
  { category: { exists: false } },
  { not: { price: 5 } },
  { any: [{ any: [] }, { price: 5 }] },
  { all: [{}, { onSale: false }] },
])('%j depends on the item', (raw) => {
  expect(constantOf(parsed(raw))).toBeUndefined();
});
