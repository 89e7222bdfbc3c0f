import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { compileFilter } from '../../../../model/catalogue/filter/filter-compiler.js';
import { CatalogueView } from '../../../../model/catalogue/catalogue-view.js';
import { openLmdbCatalogueStore } from '../../../../shards/store/lmdb/lmdb-catalogue-store.js';
import { sampleCatalogue } from '../../../support/model/sample-catalogue.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'afterclick-catalogue-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('a catalogue on disk comes back as it was, with the same indices and codes', async () => {
  const store = await openLmdbCatalogueStore(folder);
  const first = await sampleCatalogue({ store, itemMax: 1_000 });
  const items = Array.from({ length: 600 }, (_, i) => ({
    id: `item-${i}`,
    category: `category-${i % 300}`,
    attributes: { parity: i % 2 === 0, colours: [`colour-${i % 290}`], number: i },
    vectors: { image: [i, 0.1], ...(i % 2 === 0 && { text: [i / 3] }) },
  }));
  await first.upsert(items);
  await first.remove('item-3');
  await store.close();

  const reopened = await openLmdbCatalogueStore(folder);
  const second = await sampleCatalogue({ store: reopened, itemMax: 1_000 });
  expect([second.size, second.indexCount, second.indexOf('item-3')]).toEqual([599, 600, -1]);
  for (let index = 0; index < 600; index++) {
    expect(second.idOf(index)).toBe(first.idOf(index));
    expect(second.item(index)).toEqual(first.item(index));
  }
  expect(new Uint8Array(second.shared.category)).toEqual(new Uint8Array(first.shared.category));
  expect(new Uint8Array(second.shared.columns)).toEqual(new Uint8Array(first.shared.columns));
  const view = new CatalogueView(second.shared);
  const filter = compileFilter({ colours: 'colour-289', parity: false, number: { lt: 300 } }, second);
  expect([...second.indices()].filter((index) => view.passes(filter, index))).toEqual([289]);
  const [outcome] = await second.upsert([{ id: 'new', vectors: { image: [1] } }]);
  expect(outcome).toMatchObject({ status: 'refused', code: 'wrong_vector_length' });
  await reopened.close();
});
