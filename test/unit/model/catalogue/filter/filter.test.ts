import { describe, expect, it } from 'vitest';
import { CatalogueView } from '../../../../../model/catalogue/catalogue-view.js';
import { FilterCache } from '../../../../../model/catalogue/filter/filter-cache.js';
import {
  compileFilter,
  filterNames,
  nextDown,
  nextUp,
} from '../../../../../model/catalogue/filter/filter-compiler.js';
import {
  FILTER_LIMITS,
  filterKey,
  filterSchema,
  parseFilter,
  type Filter,
} from '../../../../../model/catalogue/filter/filter.js';
import type { Filter as WireFilter } from '../../../../../gateway/protocol/messages.js';
import { sampleCatalogue } from '../../../../support/model/sample-catalogue.js';

function nested(depth: number): unknown {
  let filter: unknown = { a: 1 };
  for (let i = 1; i < depth; i++) filter = { not: filter };
  return filter;
}

describe('parseFilter', () => {
  it('takes every kind of member, and keeps them', () => {
    const filter: WireFilter = {
      any: [{ colour: 'red' }, { size: { in: [1, 2] } }],
      all: [],
      not: { brand: { eq: 'x' } },
      price: { gte: 1, lt: 2 },
      fragile: { exists: false },
    };
    expect(parseFilter(filter)).toEqual({ filter });
    expect(filterSchema.parse(filter)).toEqual(filter);
  });

  it('has the same type as the wire', () => {
    const wire = {} as WireFilter;
    const model: Filter = wire;
    const back: WireFilter = model;
    expect(back).toBe(wire);
  });

  it.each([
    [null, /^filter: expected a map/],
    [[], /^filter: expected a map/],
    ['red', /^filter: expected a map/],
    [{ any: {} }, /^filter\.any: expected a list of filters/],
    [{ any: [1] }, /^filter\.any\[0\]: expected a map/],
    [{ not: [] }, /^filter\.not: expected a map/],
    [{ colour: null }, /^filter\.colour: expected a text/],
    [{ colour: ['red'] }, /^filter\.colour: expected a text/],
    [{ colour: { regex: 'x' } }, /^filter\.colour\.regex: no such comparison/],
    [{ price: { lt: '5' } }, /^filter\.price\.lt: expected a finite number/],
    [{ price: { lt: Number.NaN } }, /^filter\.price\.lt: expected a finite number/],
    [{ price: { eq: Number.POSITIVE_INFINITY } }, /^filter\.price\.eq: expected/],
    [{ colour: { in: 'red' } }, /^filter\.colour\.in: expected a list/],
    [{ colour: { in: ['red', {}] } }, /^filter\.colour\.in\[1\]: expected a text/],
    [{ colour: { exists: 1 } }, /^filter\.colour\.exists: expected true or false/],
    [{ colour: 'x'.repeat(FILTER_LIMITS.text + 1) }, /longer than 256/],
    [{ ['x'.repeat(65)]: 1 }, /no such attribute/],
    [JSON.parse('{"__proto__":{"eq":1}}'), /no such attribute/],
    [nested(FILTER_LIMITS.depth + 1), /nested deeper than 8/],
    [{ all: Array(FILTER_LIMITS.nodes).fill({}) }, /more than 64 filters and tests/],
    [{ colour: { in: Array(FILTER_LIMITS.members + 1).fill(1) } }, /more than 1000 members/],
  ])('refuses %j', (raw, expected) => {
    const parse = parseFilter(raw);
    expect('problem' in parse && parse.problem).toMatch(expected);
    expect(filterSchema.safeParse(raw).success).toBe(false);
  });

  it('does not follow a filter nested without end', () => {
    expect(parseFilter(nested(50_000))).toEqual({ problem: expect.stringMatching(/nested deeper than 8/) });
  });

  it('takes filters at every limit', () => {
    for (const raw of [
      nested(FILTER_LIMITS.depth),
      { all: Array(FILTER_LIMITS.nodes - 1).fill({}) },
      { a: { in: Array(1_000).fill(1) } },
    ]) {
      expect(parseFilter(raw)).toHaveProperty('filter');
    }
  });
});

describe('filterKey', () => {
  it('does not depend on the order of members', () => {
    expect(filterKey({ a: 1, not: { b: 2, c: 3 } })).toBe(filterKey({ not: { c: 3, b: 2 }, a: 1 }));
    expect(filterKey({ a: 1 })).not.toBe(filterKey({ a: '1' }));
  });

  it('goes with the names that a filter tests', () => {
    expect([...filterNames({ a: 1, any: [{ b: 1 }, { not: { c: { exists: true } } }] })]).toEqual([
      'a',
      'b',
      'c',
    ]);
  });
});

describe('compileFilter', () => {
  it('folds what is known before any item is looked at', async () => {
    const catalogue = await sampleCatalogue();
    await catalogue.upsert([{ id: 'a', category: 'mugs' }]);
    expect(compileFilter({}, catalogue)).toEqual({ op: 'const', value: true });
    expect(compileFilter({ any: [] }, catalogue)).toEqual({ op: 'const', value: false });
    expect(compileFilter({ unknown: 'x', price: { lt: 3 } }, catalogue)).toEqual({
      op: 'const',
      value: false,
    });
    expect(compileFilter({ unknown: { ne: 'x' }, category: 'mugs' }, catalogue)).toMatchObject({
      op: 'codes',
      column: -2,
    });
  });

  it('takes lt and gt as exclusive to the last bit', async () => {
    const catalogue = await sampleCatalogue();
    await catalogue.upsert([
      { id: 'a', price: 5 },
      { id: 'b', price: nextDown(5) },
      { id: 'c', price: nextUp(5) },
      { id: 'd', price: 0 },
    ]);
    const view = new CatalogueView(catalogue.shared);
    const passing = (filter: Filter) => {
      const compiled = compileFilter(filter, catalogue);
      return [0, 1, 2, 3].filter((index) => view.passes(compiled, index));
    };
    expect(passing({ price: { lt: 5 } })).toEqual([1, 3]);
    expect(passing({ price: { lte: 5 } })).toEqual([0, 1, 3]);
    expect(passing({ price: { gt: 5 } })).toEqual([2]);
    expect(passing({ price: { gt: 0, lt: 5 } })).toEqual([1]);
    expect(passing({ price: { gte: 0, lt: 0 } })).toEqual([]);
  });
});

describe('FilterCache', () => {
  it('gives the same object until a value that the filter may concern is learned', async () => {
    const catalogue = await sampleCatalogue();
    await catalogue.upsert([{ id: 'a', attributes: { colour: 'red' } }]);
    const cache = new FilterCache(catalogue);
    const compiled = cache.compile({ colour: { in: ['red', 'blue'] } });
    await catalogue.upsert([{ id: 'b', category: 'mugs', attributes: { colour: 'red', size: 3 } }]);
    expect(cache.stillCurrent(compiled)).toBe(true);
    expect(cache.compile({ colour: { in: ['red', 'blue'] } })).toBe(compiled);

    await catalogue.upsert([{ id: 'c', attributes: { colour: 'blue' } }]);
    expect(cache.stillCurrent(compiled)).toBe(false);
    const again = cache.compile({ colour: { in: ['red', 'blue'] } });
    expect(again).not.toBe(compiled);
    expect(new CatalogueView(catalogue.shared).passes(again, catalogue.indexOf('c'))).toBe(true);
  });

  it('keeps a filter to which what was learned says nothing', async () => {
    const catalogue = await sampleCatalogue();
    await catalogue.upsert([{ id: 'a', category: 'mugs' }]);
    const cache = new FilterCache(catalogue);
    const compiled = cache.compile({ category: 'mugs', not: { category: 'cups' } });
    await catalogue.upsert([{ id: 'b', category: 'lamps' }]);
    expect(cache.stillCurrent(compiled)).toBe(true);
    expect(cache.compile({ category: 'mugs', not: { category: 'cups' } })).toBe(compiled);
    await catalogue.upsert([{ id: 'c', category: 'cups' }]);
    expect(cache.stillCurrent(compiled)).toBe(false);
  });

  it('notices that an unknown attribute became known, or changed its kind', async () => {
    const catalogue = await sampleCatalogue();
    const cache = new FilterCache(catalogue);
    const unknown = cache.compile({ size: { gt: 1 } });
    await catalogue.upsert([{ id: 'a', attributes: { size: 2 } }]);
    expect(cache.stillCurrent(unknown)).toBe(false);
    const numeric = cache.compile({ size: { gt: 1 } });
    await catalogue.patch('a', { attributes: { size: 'large' } });
    expect(cache.stillCurrent(numeric)).toBe(false);
  });

  it('holds no more than its bytes', async () => {
    const catalogue = await sampleCatalogue();
    const cache = new FilterCache(catalogue, 1_000);
    const first = cache.compile({ price: { lt: 0 } });
    for (let i = 1; i < 20; i++) cache.compile({ price: { lt: i } });
    expect(cache.compile({ price: { lt: 0 } })).not.toBe(first);
    expect(cache.stillCurrent(first)).toBe(true);
  });
});
