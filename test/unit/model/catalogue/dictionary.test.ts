import { expect, test } from 'vitest';
import type { StoredCode } from '../../../../model/catalogue/catalogue-journal.js';
import {
  attributeMembers,
  Dictionary,
  DICTIONARY_TEXT_MAX,
  plainMembers,
} from '../../../../model/catalogue/dictionary.js';
import { compileFilter } from '../../../../model/catalogue/filter/filter-compiler.js';
import { CatalogueView } from '../../../../model/catalogue/catalogue-view.js';
import { openMemoryCatalogueStore } from '../../../../shards/store/lmdb/lmdb-catalogue-store.js';
import { sampleCatalogue } from '../../../support/model/sample-catalogue.js';

const MIB = 1024 * 1024;

test('dictionaries hold so many characters together, and what is there already is taken all the same', () => {
  const budget = { used: 0 };
  const [colours, sizes] = ['colour', 'size'].map(
    (name) => new Dictionary(name, [], budget, attributeMembers),
  );
  const text = (n: number) => JSON.stringify(`${n}`.padStart(MIB - 64, 'x'));
  let taken = 0;
  while (taken < 100 && !colours.hasNoRoomFor(text(taken))) colours.intern(text(taken++));
  expect(taken).toBe(DICTIONARY_TEXT_MAX / MIB);
  expect([sizes.hasNoRoomFor(text(0)), colours.hasNoRoomFor(text(0))]).toEqual([true, false]);
  sizes.restore(text(0));
  colours.letGoUnused();
  sizes.letGoUnused();
  expect([budget.used, sizes.hasNoRoomFor(text(0))]).toEqual([0, false]);
});

test('members of a list count as well', () => {
  const budget = { used: 0 };
  const tags = new Dictionary('tags', [], budget, attributeMembers);
  tags.intern(JSON.stringify(['x'.repeat(1_000), 'y'.repeat(1_000)]));
  expect(budget.used).toBeGreaterThan(4_000);
});

test('codes of values that were let go are given on, members stay in order, and the version grows', () => {
  const unsaved: StoredCode[] = [];
  const tags = new Dictionary('tags', unsaved, { used: 0 }, attributeMembers);
  for (const tag of ['a', 'b', 'c', 'd']) tags.intern(JSON.stringify([tag, 'all']));
  for (const code of [1, 3]) tags.retain(code);
  tags.reuseCodes();
  expect([tags.codesWith('"a"'), tags.codesWith('"all"'), tags.codeOf('["c","all"]')]).toEqual([
    [],
    [1, 3],
    -1,
  ]);
  const { version } = tags;
  unsaved.length = 0;
  expect(['e', 'f', 'g'].map((tag) => tags.intern(JSON.stringify([tag, 'all'])))).toEqual([0, 2, 4]);
  expect([tags.codesWith('"all"'), tags.size, tags.version]).toEqual([[0, 1, 2, 3, 4], 5, version + 3]);
  expect(unsaved.map(({ code, value }) => [code, value])).toEqual([
    [0, '["e","all"]'],
    [2, '["f","all"]'],
    [4, '["g","all"]'],
  ]);
});

test('a start lets go of what no item has any more, and filters find what comes in its place', async () => {
  const store = openMemoryCatalogueStore();
  const first = await sampleCatalogue({ store });
  await first.upsert([
    { id: 'a', attributes: { colour: 'red', size: 4 } },
    { id: 'b', category: 'cups', attributes: { colour: 'blue' } },
    { id: 'c', attributes: { colour: ['green', 'blue'] } },
  ]);
  await first.remove('a');
  await first.patch('c', { attributes: null, category: 'mugs' });
  for (const colour of ['white', 'red']) {
    const next = await sampleCatalogue({ store });
    const found = () => {
      const view = new CatalogueView(next.shared);
      const filter = compileFilter({ colour }, next);
      return [...next.indices()].filter((index) => view.passes(filter, index));
    };
    expect(found()).toEqual([]);
    await next.upsert([{ id: `of ${colour}`, attributes: { colour } }]);
    expect(found()).toEqual([next.indexOf(`of ${colour}`)]);
    expect(next.filterColumn('colour')?.dictionary?.size).toBe(3);
    expect([next.categories.codeOf('mugs'), next.categories.codeOf('cups')]).toEqual([1, 0]);
  }
});

test('what was let go is off the disk after the next write, so that the start after it does not read it', async () => {
  const store = openMemoryCatalogueStore();
  const first = await sampleCatalogue({ store });
  await first.upsert([{ id: 'a', category: 'null', attributes: { text: 'x'.repeat(200) } }, { id: 'b' }]);
  await first.patch('a', { attributes: null });
  const second = await sampleCatalogue({ store });
  await second.patch('b', { price: 1 });
  expect([...store.load().codes].filter(({ dictionary }) => dictionary === 'column:text')).toMatchObject([
    { code: 0, value: 'null' },
  ]);
  const third = await sampleCatalogue({ store });
  expect(third.categories.codeOf('null')).toBe(0);
  await third.upsert([{ id: 'c', attributes: { text: 'y' } }]);
  expect(third.filterColumn('text')?.dictionary?.codeOf('"y"')).toBe(0);
  expect((await sampleCatalogue({ store })).item(2)?.attributes).toEqual({ text: 'y' });
});

test('a name that nothing has is forgotten, its code goes to no other name, and neither does it after a start', () => {
  const unsaved: StoredCode[] = [];
  const budget = { used: 0 };
  const brands = new Dictionary('brand', unsaved, budget, plainMembers);
  for (const name of ['a', 'b']) brands.retain(brands.intern(name));
  brands.release(0);
  const { used } = budget;
  brands.letGoUnused();
  expect([budget.used < used, brands.codeOf('a'), brands.codesWith('"a"')]).toEqual([true, -1, []]);
  expect([brands.intern('c'), brands.intern('a')]).toEqual([2, 3]);
  const again = new Dictionary('brand', [], { used: 0 }, plainMembers);
  const stored: string[] = [];
  for (const { code, value } of unsaved) stored[code] = value;
  for (const value of stored) again.restore(value);
  again.retain(1);
  again.reuseCodes();
  expect([again.codeOf('b'), again.codeOf(''), again.intern('d')]).toEqual([1, -1, 4]);
});

test('a feed with names and texts that change for ever takes no more memory and no more of the store', async () => {
  const store = openMemoryCatalogueStore();
  const catalogue = await sampleCatalogue({ store });
  const put = (i: number) =>
    catalogue.upsert([
      { id: 'a', category: `c${i}`, brand: `b${i}`, attributes: { note: `n${i}`, tags: [`t${i}`, 'all'] } },
      { id: 'b', category: `c${i}` },
    ]);
  for (let i = 0; i < 200; i++) await put(i);
  const dictionaries = () => [
    catalogue.categories,
    catalogue.brands,
    catalogue.filterColumn('note')!.dictionary!,
    catalogue.filterColumn('tags')!.dictionary!,
  ];
  for (const dictionary of dictionaries()) {
    const codes = Array.from({ length: dictionary.size }, (_, code) => code);
    expect(codes.filter((code) => dictionary.value(code) !== '')).toEqual([199]);
  }
  expect(catalogue.filterColumn('tags')!.dictionary!.codesWith('"all"')).toEqual([199]);
  await catalogue.patch('b', { price: 1 });
  const texts = [...store.load().codes].map(({ value }) => value);
  expect(texts.filter((text) => /\d/.test(text)).toSorted()).toEqual(
    ['"n199"', '["t199","all"]', 'b199', 'c199'].toSorted(),
  );
});

test('in one write, what one item gives up and another takes stays known', async () => {
  const catalogue = await sampleCatalogue();
  await catalogue.upsert([{ id: 'a', category: 'cups', attributes: { colour: 'red' } }]);
  await catalogue.upsert([
    { id: 'a', category: 'mugs' },
    { id: 'b', category: 'cups', attributes: { colour: 'red' } },
  ]);
  const view = new CatalogueView(catalogue.shared);
  const filter = compileFilter({ category: 'cups', colour: 'red' }, catalogue);
  expect(view.passes(filter, catalogue.indexOf('b'))).toBe(true);
  await catalogue.remove('b');
  expect([catalogue.categories.codeOf('cups'), catalogue.categories.codeOf('mugs')]).toEqual([-1, 1]);
});

test('what a write that the store refused would have had is forgotten after the next one', async () => {
  const store = openMemoryCatalogueStore();
  let isFull = true;
  const failing = {
    ...store,
    load: () => store.load(),
    put: (...args: Parameters<typeof store.put>) =>
      isFull ? Promise.reject(new Error('full')) : store.put(...args),
  };
  const catalogue = await sampleCatalogue({ store: failing });
  await expect(catalogue.upsert([{ id: 'a', brand: 'x' }])).rejects.toThrow('full');
  isFull = false;
  await catalogue.upsert([{ id: 'a', brand: 'y' }]);
  expect([catalogue.brands.codeOf('x'), catalogue.brands.codeOf('y')]).toEqual([-1, 1]);
  const again = await sampleCatalogue({ store });
  expect([again.brands.codeOf('y'), again.brands.codeOf('x')]).toEqual([1, -1]);
});
