import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openCatalogue, seedEmptyCatalogue } from '../../../../gateway/start/open-catalogue.js';
import { Bites } from '../../../../metrics/process/bites.js';
import { realClock } from '../../../../metrics/process/clock.js';
import type { CatalogueStore } from '../../../../model/catalogue/catalogue-journal.js';
import type { Catalogue } from '../../../../model/catalogue/catalogue.js';
import { openMemoryCatalogueStore } from '../../../../shards/store/lmdb/lmdb-catalogue-store.js';

const bundle = (folder: string, count: number) => ({
  folder,
  items: Array.from({ length: count }, (_, i) => ({ id: `${folder}-${i}`, price: i })),
});

/** A store that a process dies on after so many commits. */
function dying(store: CatalogueStore, commits: number): CatalogueStore {
  let left = commits;
  return {
    load: () => store.load(),
    put: (items, codes) => (left-- > 0 ? store.put(items, codes) : Promise.reject(new Error('killed'))),
    copyTo: (folder) => store.copyTo(folder),
    close: () => store.close(),
  };
}

class Shop {
  readonly dataDir = mkdtempSync(join(tmpdir(), 'afterclick-seeding-'));
  readonly store = openMemoryCatalogueStore();

  constructor() {
    onTestFinished(() => rmSync(this.dataDir, { recursive: true }));
  }

  get isSeeding(): boolean {
    return existsSync(join(this.dataDir, 'seeding'));
  }

  open(items?: ReturnType<typeof bundle>, store = this.store, indicesMin = 0): Promise<Catalogue> {
    const config = { itemsMax: 2_000, attributeColumnsMax: 4 };
    const bites = new Bites(realClock);
    return openCatalogue({ config, dataDir: this.dataDir, store, bites, bundle: items, indicesMin });
  }

  async dieAfter(commits: number, items: ReturnType<typeof bundle>): Promise<void> {
    await expect(this.open(items, dying(this.store, commits))).rejects.toThrow('killed');
  }
}

test.each([0, 1, 3, 7])(
  'a start that is killed after %i parts of the bundle is made up for by the next one',
  async (commits) => {
    const shop = new Shop();
    await shop.dieAfter(commits, bundle('demo', 500));
    expect(shop.isSeeding).toBe(true);
    const catalogue = await shop.open(bundle('demo', 500));
    expect([catalogue.size, catalogue.indexCount, shop.isSeeding]).toEqual([500, 500, false]);
    expect(catalogue.indexOf('demo-499')).toBe(499);
  },
);

test('a start with another bundle, or none, takes out what the one before began to put, and that can come back', async () => {
  const shop = new Shop();
  await shop.dieAfter(2, bundle('demo', 500));
  await shop.dieAfter(3, bundle('mine', 300));
  const catalogue = await shop.open(bundle('demo', 500));
  expect([catalogue.size, catalogue.indexOf('demo-0'), catalogue.indexOf('mine-0')]).toEqual([500, 0, -1]);
  const other = new Shop();
  await other.dieAfter(2, bundle('demo', 500));
  expect((await other.open()).size).toBe(0);
  expect(other.isSeeding).toBe(false);
});

test('a catalogue that the shop has put items into, or has emptied, is left alone', async () => {
  const shop = new Shop();
  const first = await shop.open();
  await first.upsert([{ id: 'own' }]);
  await first.remove('own');
  const second = await shop.open(bundle('demo', 10));
  expect([second.size, second.indexCount]).toEqual([0, 1]);
});

test('indices of a catalogue that was lost are given to no other item, and the bundle is put again', async () => {
  const shop = new Shop();
  const catalogue = await shop.open(bundle('demo', 10), shop.store, 150);
  expect([catalogue.size, catalogue.indexCount, catalogue.indexOf('demo-0')]).toEqual([10, 160, 150]);
  expect(catalogue.item(20)).toBeUndefined();
  const again = await shop.open(bundle('demo', 10), shop.store, 150);
  expect([again.size, again.indexCount, again.indexOf('demo-9')]).toEqual([10, 160, 159]);
  await expect(new Shop().open(undefined, undefined, 2_001)).rejects.toMatchObject({
    code: 'catalogue_too_large',
  });
});

test('what a running gateway began to put is gone on with, and takes nothing of the shop away', async () => {
  const shop = new Shop();
  const first = await shop.open(undefined, dying(shop.store, 3));
  await expect(seedEmptyCatalogue(first, shop.dataDir, bundle('demo', 500))).rejects.toThrow('killed');
  const second = await shop.open();
  await second.upsert([{ id: 'own' }]);
  const third = await shop.open();
  expect([third.size, shop.isSeeding]).toEqual([193, true]);
  await seedEmptyCatalogue(third, shop.dataDir, bundle('demo', 500));
  expect([third.size, third.indexOf('own'), shop.isSeeding]).toEqual([501, 192, false]);
  await seedEmptyCatalogue(third, shop.dataDir, bundle('mine', 5));
  expect(third.size).toBe(501);
});
