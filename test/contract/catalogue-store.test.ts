import { describe, expect, test } from 'vitest';
import type { CatalogueStore, StoredCode, StoredItem } from '../../model/catalogue/catalogue-journal.js';
import {
  openLmdbCatalogueStore,
  openMemoryCatalogueStore,
} from '../../shards/store/lmdb/lmdb-catalogue-store.js';
import { temporaryFolder } from '../support/store/store-kinds.js';

const KINDS = [
  { name: 'lmdb', isOnDisk: true, open: (folder: string) => openLmdbCatalogueStore(folder) },
  { name: 'memory', isOnDisk: false, open: () => Promise.resolve(openMemoryCatalogueStore()) },
];

function item(index: number, title = `item ${index}`, isDeleted = false): StoredItem {
  return { index, json: JSON.stringify({ id: `i${index}`, title }), isDeleted };
}

function code(dictionary: string, at: number, value: string): StoredCode {
  return { dictionary, code: at, value };
}

function contentOf(store: CatalogueStore): { items: StoredItem[]; codes: StoredCode[] } {
  const { items, codes } = store.load();
  return {
    items: [...items],
    codes: [...codes].sort((a, b) =>
      a.dictionary < b.dictionary ? -1 : a.dictionary > b.dictionary ? 1 : 0,
    ),
  };
}

describe.each(KINDS)('a $name catalogue store', (kind) => {
  test('gives back items by index and codes by code, before and after they are durable', async () => {
    const store = await kind.open(temporaryFolder());
    const items = [item(0), item(1, 'Fahrradschlauch 28″ \u{1f6b2}'), item(300), item(70_000)];
    const codes = [
      code('brand', 0, 'ä'),
      code('brand', 1, ''),
      code('brand', 300, '\ud83d'),
      code('column:größe', 0, 'x'),
    ];
    const done = store.put(
      [items[3], items[1], items[0], items[2]],
      [codes[2], codes[3], codes[0], codes[1]],
    );
    expect(contentOf(store)).toEqual({ items, codes });
    await done;
    expect(contentOf(store)).toEqual({ items, codes });
    await store.close();
  });

  test('replaces an item under its index, and keeps a deleted one', async () => {
    const store = await kind.open(temporaryFolder());
    await store.put([item(0), item(1), item(2)]);
    const done = store.put([item(1, 'renamed'), item(2, 'gone', true)]);
    const expected = [item(0), item(1, 'renamed'), item(2, 'gone', true)];
    expect(contentOf(store).items).toEqual(expected);
    await done;
    expect(contentOf(store).items).toEqual(expected);
    await store.close();
  });

  test('refuses what has no key, and writes nothing of it', async () => {
    const store = await kind.open(temporaryFolder());
    expect(() => store.put([item(0), item(-1)])).toThrow(RangeError);
    expect(() => store.put([item(0)], [code('x'.repeat(257), 0, '')])).toThrow(RangeError);
    expect(() => store.put([item(0)], [code('brand', 1.5, '')])).toThrow(RangeError);
    expect(contentOf(store)).toEqual({ items: [], codes: [] });
    await store.close();
  });

  test('copies itself, or says that it cannot', async () => {
    const store = await kind.open(temporaryFolder());
    await store.put([item(0)], [code('brand', 0, 'a')]);
    const folder = `${temporaryFolder()}/copy`;
    if (kind.isOnDisk) {
      await store.copyTo(folder);
      const copy = await kind.open(folder);
      expect(contentOf(copy)).toEqual(contentOf(store));
      await copy.close();
    } else await expect(store.copyTo(folder)).rejects.toThrow('in memory');
    await store.close();
  });
});

test('an lmdb catalogue store holds everything when it is opened again', async () => {
  const folder = temporaryFolder();
  const first = await openLmdbCatalogueStore(folder);
  void first.put(
    Array.from({ length: 5_000 }, (_, i) => item(i)),
    Array.from({ length: 500 }, (_, i) => code('category', i, `category ${i}`)),
  );
  void first.put([item(17, 'renamed')]);
  const before = contentOf(first);
  await first.close();
  const second = await openLmdbCatalogueStore(folder);
  expect(contentOf(second)).toEqual(before);
  expect(before.items[17]).toEqual(item(17, 'renamed'));
  expect(before.codes.map((entry) => entry.code)).toEqual(Array.from({ length: 500 }, (_, i) => i));
  await second.close();
});
