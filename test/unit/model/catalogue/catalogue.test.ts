import { describe, expect, it } from 'vitest';
import { StartupError } from '../../../../metrics/process/startup-error.js';
import type { CatalogueStore } from '../../../../model/catalogue/catalogue-journal.js';
import { CatalogueView } from '../../../../model/catalogue/catalogue-view.js';
import { openMemoryCatalogueStore } from '../../../../shards/store/lmdb/lmdb-catalogue-store.js';
import { FakeClock } from '../../../../metrics/process/clock.js';
import { itemPatchSchema } from '../../../../model/catalogue/item.js';
import { sampleCatalogue } from '../../../support/model/sample-catalogue.js';
import { GROUP_ITEMS_MAX } from '../../../../model/catalogue/write-queue.js';
import { COLUMN, createSharedCatalogue } from '../../../../model/catalogue/shared-catalogue.js';

/** A store whose puts wait for the test to let them through or to refuse them. */
class HeldStore implements CatalogueStore {
  readonly inner = openMemoryCatalogueStore();
  readonly held: { release: () => void; refuse: (error: Error) => void }[] = [];
  load = this.inner.load.bind(this.inner);
  copyTo = this.inner.copyTo.bind(this.inner);
  close = this.inner.close.bind(this.inner);
  put(...args: Parameters<CatalogueStore['put']>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.held.push({ release: () => resolve(this.inner.put(...args)), refuse: reject });
    });
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('Catalogue', () => {
  it('gives indices in the order items come and finds them both ways', async () => {
    const catalogue = await sampleCatalogue();
    const outcomes = await catalogue.upsert([{ id: 'a', title: 'Mug' }, { id: 'b' }]);
    expect(outcomes).toEqual([
      { status: 'created', id: 'a', index: 0 },
      { status: 'created', id: 'b', index: 1 },
    ]);
    expect([catalogue.indexOf('a'), catalogue.indexOf('b'), catalogue.indexOf('c')]).toEqual([0, 1, -1]);
    expect([catalogue.idOf(0), catalogue.title(0), catalogue.item(1)?.id, catalogue.size]).toEqual([
      'a',
      'Mug',
      'b',
      2,
    ]);
  });

  it('replaces an item as a whole but keeps when it came', async () => {
    const catalogue = await sampleCatalogue();
    await catalogue.upsert([{ id: 'a', price: 3, createdMs: 77 }]);
    expect(await catalogue.upsert([{ id: 'a', title: 'Mug' }])).toEqual([
      { status: 'updated', id: 'a', index: 0 },
    ]);
    expect(catalogue.item(0)).toEqual({ id: 'a', title: 'Mug', createdMs: 77 });
    const view = new CatalogueView(catalogue.shared);
    expect([view.price[0], view.created[0]]).toEqual([Number.NaN, 77]);
  });

  it('keeps the later of two items with one id in a batch', async () => {
    const catalogue = await sampleCatalogue();
    const outcomes = await catalogue.upsert([
      { id: 'a', price: 1 },
      { id: 'a', price: 2 },
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['created', 'updated']);
    expect([catalogue.size, catalogue.indexCount, catalogue.item(0)?.price]).toEqual([1, 1, 2]);
  });

  it('shows rows to a view in another thread through shared memory', async () => {
    const catalogue = await sampleCatalogue();
    const view = new CatalogueView(catalogue.shared);
    await catalogue.upsert([
      { id: 'a', price: 3, category: 'mugs', stock: 2, createdMs: 5 },
      { id: 'b', brand: 'acme', stock: 0 },
    ]);
    expect([view.indexCount, view.changeCount]).toEqual([2, 2]);
    expect([view.price[0], view.category[0], view.brand[0], view.created[0]]).toEqual([3, 0, -1, 5]);
    expect([view.price[1], view.category[1], view.brand[1]]).toEqual([Number.NaN, -1, 0]);
    expect([catalogue.categories.value(0), catalogue.brands.codeOf('acme')]).toEqual(['mugs', 0]);
  });

  it('[R4] only an item in the catalogue and in stock is recommendable', async () => {
    const catalogue = await sampleCatalogue();
    const view = new CatalogueView(catalogue.shared);
    await catalogue.upsert([{ id: 'a' }, { id: 'b', stock: 0 }, { id: 'c', stock: 1 }]);
    expect([0, 1, 2, 3, -1, 1e9].map((index) => view.isRecommendable(index))).toEqual([
      true,
      false,
      true,
      false,
      false,
      false,
    ]);
    await catalogue.patch('b', { stock: 4 });
    await catalogue.patch('c', { stock: 0 });
    await catalogue.remove('a');
    expect([0, 1, 2].map((index) => view.isRecommendable(index))).toEqual([false, true, false]);
  });

  it('patches by merging, and refuses an unknown item', async () => {
    const catalogue = await sampleCatalogue();
    await catalogue.upsert([
      { id: 'a', title: 'Mug', price: 3, attributes: { colour: 'red' }, createdMs: 1 },
    ]);
    await catalogue.patch('a', { price: null, attributes: { size: 2 } });
    expect(catalogue.item(0)).toEqual({
      id: 'a',
      title: 'Mug',
      attributes: { colour: 'red', size: 2 },
      createdMs: 1,
    });
    expect(await catalogue.patch('b', { price: 1 })).toMatchObject({
      status: 'refused',
      code: 'unknown_item',
    });
  });

  it('two patches at once lose nothing', async () => {
    const catalogue = await sampleCatalogue();
    await catalogue.upsert([{ id: 'a', createdMs: 1 }]);
    await Promise.all([catalogue.patch('a', { price: 2 }), catalogue.patch('a', { title: 'Mug' })]);
    expect(catalogue.item(0)).toEqual({ id: 'a', price: 2, title: 'Mug', createdMs: 1 });
  });

  it('takes out when an item came, which is now then', async () => {
    const catalogue = await sampleCatalogue();
    await catalogue.upsert([{ id: 'a', createdMs: 1 }]);
    await catalogue.patch('a', itemPatchSchema.parse({ createdMs: null }));
    expect(catalogue.item(0)).toEqual({ id: 'a', createdMs: new FakeClock().nowMs() });
  });

  it('keeps the index of a removed item for its id', async () => {
    const catalogue = await sampleCatalogue();
    await catalogue.upsert([{ id: 'a' }]);
    expect([await catalogue.remove('a'), await catalogue.remove('a')]).toEqual([true, false]);
    expect([catalogue.indexOf('a'), catalogue.idOf(0), catalogue.item(0), catalogue.size]).toEqual([
      -1,
      'a',
      undefined,
      0,
    ]);
    expect(await catalogue.upsert([{ id: 'b' }, { id: 'a' }])).toEqual([
      { status: 'created', id: 'b', index: 1 },
      { status: 'created', id: 'a', index: 0 },
    ]);
  });

  it('seeds only ids it has never seen', async () => {
    const catalogue = await sampleCatalogue();
    await catalogue.upsert([{ id: 'a', price: 1 }, { id: 'b' }]);
    await catalogue.remove('b');
    expect(await catalogue.seed([{ id: 'a', price: 9 }, { id: 'b' }, { id: 'c' }])).toEqual([
      { status: 'created', id: 'c', index: 2 },
    ]);
    expect([catalogue.item(0)?.price, catalogue.indexOf('b')]).toEqual([1, -1]);
  });

  it('shows and tells a write only when it is durable', async () => {
    const store = new HeldStore();
    const catalogue = await sampleCatalogue({ store });
    const told: number[][] = [];
    catalogue.onChange((changed) => told.push([...changed]));
    const write = catalogue.upsert([{ id: 'a' }]);
    await turn();
    expect([catalogue.indexOf('a'), told]).toEqual([-1, []]);
    store.held[0].release();
    await write;
    expect([catalogue.indexOf('a'), told]).toEqual([0, [[0]]]);
  });

  it('shows nothing of a write that the store refuses, and goes on', async () => {
    const store = new HeldStore();
    const catalogue = await sampleCatalogue({ store });
    const lost = catalogue.upsert([{ id: 'a', category: 'mugs', attributes: { colour: 'red' } }]);
    const kept = catalogue.upsert([{ id: 'b', category: 'mugs', attributes: { colour: 'red' } }]);
    await turn();
    store.held[0].refuse(new Error('disk full'));
    await expect(lost).rejects.toThrow('disk full');
    await turn();
    store.held[1].release();
    expect(await kept).toEqual([{ status: 'created', id: 'b', index: 0 }]);
    const again = await sampleCatalogue({ store: store.inner });
    expect([again.indexOf('a'), again.item(0)?.category, again.categories.size]).toEqual([-1, 'mugs', 1]);
  });

  it('writes what waits together, and answers each', async () => {
    const store = new HeldStore();
    const catalogue = await sampleCatalogue({ store });
    const first = catalogue.upsert([{ id: 'a', stock: 100 }]);
    const others = Array.from({ length: 100 }, (_, i) => catalogue.patch('a', { stock: i }));
    const removed = catalogue.remove('a');
    expect(catalogue.waiting).toBe(101);
    for (let done = 0; done < 3; done++) {
      await expect.poll(() => store.held.length).toBe(done + 1);
      store.held[done].release();
      await turn();
    }
    expect([(await first)[0].status, await removed, catalogue.size]).toEqual(['created', true, 0]);
    expect(new Set((await Promise.all(others)).map(({ status }) => status))).toEqual(new Set(['updated']));
    expect(store.held).toHaveLength(3);
  });

  it('takes a large write in parts, and lets others go between', async () => {
    const store = new HeldStore();
    const catalogue = await sampleCatalogue({ store, itemMax: 1_000 });
    const many = Array.from({ length: 2 * GROUP_ITEMS_MAX + 1 }, (_, i) => ({ id: `item-${i}` }));
    const large = catalogue.upsert(many);
    const small = catalogue.upsert([{ id: 'small' }]);
    store.held[0].release();
    await expect.poll(() => store.held.length).toBe(2);
    store.held[1].release();
    expect(await small).toMatchObject([{ status: 'created', index: GROUP_ITEMS_MAX }]);
    for (const part of [2, 3]) {
      await expect.poll(() => store.held.length).toBe(part + 1);
      store.held[part].release();
    }
    expect((await large).map(({ status }) => status)).toEqual(many.map(() => 'created'));
  });

  it('tells of what an item says, and of what lists are made of, apart', async () => {
    const catalogue = await sampleCatalogue();
    const told: object[] = [];
    catalogue.onChange((_changed, { content, faces, stocks, rows, arrived, columns }) => {
      told.push({ content, faces, stocks, rows, arrived, columns: [...columns].sort() });
    });
    await catalogue.upsert([{ id: 'a', price: 3, stock: 5, category: 'mugs', attributes: { size: 1 } }]);
    await catalogue.patch('a', { stock: 4 });
    await catalogue.patch('a', { stock: 0 });
    await catalogue.patch('a', { price: 4, stock: 1 });
    await catalogue.patch('a', { title: 'Mug' });
    await catalogue.patch('a', { attributes: { size: 2 } });
    await catalogue.remove('a');
    expect(told).toEqual([
      {
        content: [0],
        faces: [0],
        stocks: [0],
        rows: [0],
        arrived: [0],
        columns: [COLUMN.price, COLUMN.category, 0].sort(),
      },
      { content: [], faces: [], stocks: [0], rows: [], arrived: [], columns: [] },
      { content: [], faces: [], stocks: [0], rows: [0], arrived: [], columns: [] },
      { content: [0], faces: [0], stocks: [0], rows: [0], arrived: [0], columns: [COLUMN.price] },
      { content: [0], faces: [0], stocks: [], rows: [], arrived: [], columns: [] },
      { content: [0], faces: [0], stocks: [], rows: [0], arrived: [], columns: [0] },
      { content: [0], faces: [0], stocks: [0], rows: [0], arrived: [], columns: [] },
    ]);
  });

  it('stops telling a listener that was taken off', async () => {
    const catalogue = await sampleCatalogue();
    const told: number[] = [];
    const stop = catalogue.onChange((changed) => told.push(...changed));
    await catalogue.upsert([{ id: 'a' }]);
    stop();
    await catalogue.remove('a');
    expect(told).toEqual([0]);
  });
});

describe('Catalogue bounds', () => {
  it('refuses a new item when full, names the option, and still changes those it has', async () => {
    const catalogue = await sampleCatalogue({ itemMax: 2 });
    const outcomes = await catalogue.upsert([{ id: 'a' }, { id: 'b' }, { id: 'c' }, { id: 'a', price: 1 }]);
    expect(outcomes[2]).toMatchObject({ status: 'refused', id: 'c', code: 'catalogue_full' });
    expect(outcomes[2]).toHaveProperty('message', expect.stringContaining('AFTERCLICK_ITEMS_MAX'));
    expect([catalogue.size, catalogue.item(0)?.price]).toEqual([2, 1]);
  });

  it('refuses an attribute name too many, names the option, and takes nothing of the item', async () => {
    const catalogue = await sampleCatalogue({ columnMax: 2 });
    const outcomes = await catalogue.upsert([
      { id: 'a', attributes: { x: 1 } },
      { id: 'b', attributes: { x: 1, y: 1, z: 1 } },
      { id: 'c', attributes: { y: 1 } },
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['created', 'refused', 'created']);
    expect(outcomes[1]).toHaveProperty(
      'message',
      expect.stringContaining('AFTERCLICK_ATTRIBUTE_COLUMNS_MAX'),
    );
    expect(catalogue.filterColumn('z')).toBeUndefined();
  });

  it('refuses a patch that leaves an item with too many attributes', async () => {
    const catalogue = await sampleCatalogue({ columnMax: 64 });
    const half = (prefix: string) =>
      Object.fromEntries(Array.from({ length: 20 }, (_, i) => [prefix + i, 1]));
    await catalogue.upsert([{ id: 'a', attributes: half('x') }]);
    expect(await catalogue.patch('a', { attributes: half('y') })).toMatchObject({
      code: 'too_many_attributes',
    });
    expect(catalogue.item(0)?.attributes).toEqual(half('x'));
  });

  it('refuses an attribute of another type than other items have, also within a batch', async () => {
    const catalogue = await sampleCatalogue();
    const outcomes = await catalogue.upsert([
      { id: 'a', attributes: { size: 4 } },
      { id: 'b', attributes: { size: 'large' } },
      { id: 'c', attributes: { size: 5 } },
    ]);
    expect(outcomes[1]).toMatchObject({ status: 'refused', code: 'conflicting_type' });
    expect(await catalogue.patch('c', { attributes: { size: 'xl' } })).toMatchObject({
      code: 'conflicting_type',
    });
  });

  it('refuses a vector of another length than those of its name, by its field, also within a batch and by a patch', async () => {
    const catalogue = await sampleCatalogue();
    const outcomes = await catalogue.upsert([
      { id: 'a', vectors: { image: [1, 2], text: [1] } },
      { id: 'b', vectors: { image: [1, 2, 3] } },
      { id: 'c', vectors: { image: [3, 4] } },
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['created', 'refused', 'created']);
    expect(outcomes[1]).toMatchObject({
      code: 'wrong_vector_length',
      message: expect.stringMatching(/^vectors\.image: 3 numbers, and .* has 2/),
    });
    expect(await catalogue.patch('a', { vectors: { text: [1, 2], image: [9] } })).toMatchObject({
      status: 'refused',
      message: expect.stringContaining('vectors.image: 1 number'),
    });
    await catalogue.remove('c');
    expect(await catalogue.patch('a', { vectors: { image: [9] } })).toMatchObject({ status: 'updated' });
    expect(catalogue.item(0)?.vectors).toEqual({ image: [9], text: [1] });
  });

  it('refuses a patch that leaves an item with too many vectors, or too long ones', async () => {
    const catalogue = await sampleCatalogue();
    const named = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`v${i}`, [i]] as const));
    await catalogue.upsert([{ id: 'a', vectors: named(8) }]);
    const refused = { status: 'refused', code: 'too_many_vectors' };
    expect(await catalogue.patch('a', { vectors: { more: [1] } })).toMatchObject(refused);
    expect(await catalogue.patch('a', { vectors: { v0: null, more: [1] } })).toMatchObject({
      status: 'updated',
    });
  });

  it('lets the only user of an attribute change its type', async () => {
    const catalogue = await sampleCatalogue();
    await catalogue.upsert([{ id: 'a', attributes: { size: 4 } }]);
    expect(await catalogue.patch('a', { attributes: { size: 'large' } })).toMatchObject({
      status: 'updated',
    });
    expect(catalogue.filterColumn('size')?.kind).toBe('dictionary');
    await catalogue.remove('a');
    expect(await catalogue.upsert([{ id: 'b', attributes: { size: 5 } }])).toMatchObject([
      { status: 'created' },
    ]);
    expect(catalogue.filterColumn('size')?.kind).toBe('number');
  });

  it('a column that appears later reads as missing in the rows before it', async () => {
    const catalogue = await sampleCatalogue();
    const view = new CatalogueView(catalogue.shared);
    await catalogue.upsert([{ id: 'a' }]);
    await catalogue.upsert([{ id: 'b', attributes: { size: 0 } }]);
    const isZero = { op: 'range', column: 0, min: 0, max: 0 } as const;
    expect([view.passes(isZero, 0), view.passes(isZero, 1)]).toEqual([false, true]);
  });

  it('shared buffers of the default maxima stay virtual until items come', () => {
    // The smallest of a few: the process may grow by something else meanwhile.
    const grown = Array.from({ length: 5 }, () => {
      const before = process.memoryUsage.rss();
      const shared = createSharedCatalogue(262_144, 32);
      expect(shared.columns.byteLength).toBe(64 * 1024 * 1024);
      return process.memoryUsage.rss() - before;
    });
    expect(Math.min(...grown)).toBeLessThan(16 * 1024 * 1024);
  });
});

describe('Catalogue.create', () => {
  it('restores items, indices, codes and removals', async () => {
    const store = openMemoryCatalogueStore();
    const first = await sampleCatalogue({ store });
    await first.upsert([
      { id: 'a', category: 'mugs', attributes: { colour: 'red', sizes: ['s', 'm'] } },
      { id: 'b', category: 'cups', brand: 'acme', attributes: { colour: 'blue', weight: 2 } },
      { id: 'c', stock: 0 },
    ]);
    await first.remove('b');
    const second = await sampleCatalogue({ store });
    expect([second.size, second.indexCount, second.indexOf('b'), second.idOf(1)]).toEqual([2, 3, -1, 'b']);
    expect(second.item(0)).toEqual(first.item(0));
    for (const name of ['colour', 'sizes', 'weight', 'category', 'brand']) {
      const [was, is] = [first.filterColumn(name), second.filterColumn(name)];
      expect([is?.column, is?.dictionary?.size]).toEqual([was?.column, was?.dictionary?.size]);
    }
    const view = new CatalogueView(second.shared);
    expect([0, 1, 2].map((index) => view.isRecommendable(index))).toEqual([true, false, false]);
    expect([view.category[0], second.categories.codeOf('mugs'), second.categories.codeOf('cups')]).toEqual([
      0, 0, -1,
    ]);
    expect(await second.upsert([{ id: 'd' }])).toMatchObject([{ index: 3 }]);
  });

  it('names both options when what is stored is over both maxima', async () => {
    const store = openMemoryCatalogueStore();
    const first = await sampleCatalogue({ store });
    await first.upsert([{ id: 'a', attributes: { x: 1, y: 2 } }, { id: 'b' }]);
    const error = await sampleCatalogue({ store, itemMax: 1, columnMax: 1 }).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(StartupError);
    expect((error as StartupError).problems).toEqual([
      expect.stringContaining('AFTERCLICK_ITEMS_MAX to 2'),
      expect.stringContaining('AFTERCLICK_ATTRIBUTE_COLUMNS_MAX to 2'),
    ]);
  });

  it.each([
    ['a gap in the indices', [{ index: 1, json: '{"id":"a"}', isDeleted: false }], []],
    ['an item that is not JSON', [{ index: 0, json: '{"id":', isDeleted: false }], []],
    ['an item without an id', [{ index: 0, json: '{}', isDeleted: false }], []],
    ['a gap in the codes', [], [{ dictionary: 'category', code: 1, value: 'x' }]],
    ['a gap in the columns', [], [{ dictionary: 'columns', code: 1, value: 'x' }]],
    ['a dictionary of no column', [], [{ dictionary: 'column:x', code: 0, value: '"x"' }]],
  ])('refuses to start on %s', async (_what, items, codes) => {
    const store = openMemoryCatalogueStore();
    await store.put(items, codes);
    await expect(sampleCatalogue({ store })).rejects.toMatchObject({ code: 'catalogue_broken' });
  });
});
