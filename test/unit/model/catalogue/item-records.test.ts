import { describe, expect, test } from 'vitest';
import { CatalogueView } from '../../../../model/catalogue/catalogue-view.js';
import { FLAG, RECORD } from '../../../../model/catalogue/shared-catalogue.js';
import { sampleCatalogue } from '../../../support/model/sample-catalogue.js';

/** The catalogue's half of each item's record, and the same from the columns. */
function halves(view: CatalogueView): [number[][], number[][]] {
  const { float32, int32 } = view.records;
  const items = Array.from({ length: view.indexCount }, (_, item) => item);
  return [
    items.map((item) => {
      const at = item * RECORD.words;
      return [
        float32[at + RECORD.price],
        int32[at + RECORD.category],
        int32[at + RECORD.brand],
        int32[at + RECORD.flags],
      ];
    }),
    items.map((item) => [
      Math.fround(view.price[item]),
      view.category[item],
      view.brand[item],
      view.flags[item],
    ]),
  ];
}

describe('records of items', () => {
  test('say what the columns say, whatever becomes of an item, and leave the clicks alone', async () => {
    const catalogue = await sampleCatalogue({ itemMax: 8 });
    const view = new CatalogueView(catalogue.shared);
    const { float32 } = view.records;
    float32[RECORD.popular] = 7;
    await catalogue.upsert([
      { id: 'a', price: 3.1, category: 'shoes', brand: 'b' },
      { id: 'b', category: 'hats', stock: 2 },
      { id: 'c' },
    ]);
    const check = () => {
      const [records, columns] = halves(view);
      expect(records).toEqual(columns);
    };
    check();
    await catalogue.upsert([{ id: 'b', price: 9, stock: 0 }]);
    check();
    expect([0, 1, 2].map((item) => view.isRecommendable(item))).toEqual([true, false, true]);
    await catalogue.remove('a');
    check();
    expect(halves(view)[0][0]).toEqual([Number.NaN, -1, -1, 0]);
    await catalogue.upsert([{ id: 'a', category: 'hats' }]);
    check();
    expect(halves(view)[0][0][3]).toBe(FLAG.inCatalogue | FLAG.inStock);
    expect(float32[RECORD.popular]).toBe(7);
    expect([-1, 3, 1e9, Number.NaN].map((item) => view.isRecommendable(item))).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });
});
