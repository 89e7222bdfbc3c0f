import { describe, expect, it } from 'vitest';
import { CatalogueView } from '../../../../../model/catalogue/catalogue-view.js';
import { COLUMN, type CompiledFilter } from '../../../../../model/catalogue/shared-catalogue.js';
import { ChangedItems } from '../../../../../shards/ranking/lists/changed-items.js';
import { createRules } from '../../../../../shards/ranking/lists/slot-rules.js';
import { sampleCatalogue } from '../../../../support/model/sample-catalogue.js';
import { slotOf } from '../../../../support/shards/shard-calls.js';

const CHEAP: CompiledFilter = { op: 'range', column: COLUMN.price, min: 0, max: 5 };

/** Items 0 … 9 of prices 0 … 9, the last one out of stock. */
async function changed(items: readonly number[], columns: readonly number[] = []) {
  const catalogue = await sampleCatalogue();
  await catalogue.upsert(
    Array.from({ length: 10 }, (_, i) => ({ id: `${i}`, price: i, stock: i < 9 ? 1 : 0 })),
  );
  const changes = new ChangedItems(new CatalogueView(catalogue.shared));
  changes.add({ items: Int32Array.from(items), arrived: new Int32Array(0), columns });
  return (shown: readonly number[], filter?: CompiledFilter) =>
    changes.concerns(createRules(slotOf({ k: 3, ...(filter && { filter }) }), true), Int32Array.from(shown));
}

describe('ChangedItems', () => {
  it('concerns a list that holds such an item, in stock or not', async () => {
    const concerns = await changed([4, 9]);
    expect([concerns([1, 2, 4]), concerns([9, 1, 2]), concerns([1, 2, 3])]).toEqual([true, true, false]);
  });

  it('concerns a list that has room for it', async () => {
    const concerns = await changed([4]);
    expect([concerns([1, 2]), concerns([1, 2], CHEAP)]).toEqual([true, true]);
    expect([(await changed([9]))([1, 2]), (await changed([7]))([1, 2], CHEAP)]).toEqual([false, false]);
  });

  it('concerns a full list whose filter tests what has changed, when the item passes', async () => {
    const nested: CompiledFilter = {
      op: 'any',
      parts: [{ op: 'not', part: { op: 'exists', column: 3 } }, CHEAP],
    };
    const concerns = await changed([4], [COLUMN.price]);
    expect([concerns([1, 2, 3], CHEAP), concerns([1, 2, 3], nested), concerns([1, 2, 3])]).toEqual([
      true,
      true,
      false,
    ]);
    expect((await changed([7], [COLUMN.price]))([1, 2, 3], CHEAP)).toBe(false);
    expect((await changed([4], [COLUMN.brand]))([1, 2, 3], CHEAP)).toBe(false);
  });

  it('concerns such a list without a trial when very many items have changed', async () => {
    const many = Array.from({ length: 100 }, (_, i) => 1_000 + i);
    expect((await changed(many, [COLUMN.price]))([1, 2, 3], CHEAP)).toBe(true);
  });
});
