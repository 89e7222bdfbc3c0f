import { expect, test } from 'vitest';
import type { StoredCode } from '../../../../model/catalogue/catalogue-journal.js';
import { attributeMembers, Dictionary, DICTIONARY_TEXT_MAX } from '../../../../model/catalogue/dictionary.js';
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
  colours.letGo(new Uint8Array(colours.size));
  sizes.letGo(new Uint8Array(sizes.size));
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
  tags.letGo(Uint8Array.of(0, 1, 0, 1));
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
    expect(next.categories.value(1)).toBe('mugs');
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
