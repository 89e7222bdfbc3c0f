import { beforeAll, describe, expect, test } from 'vitest';
import { CatalogueView } from '../../../../../model/catalogue/catalogue-view.js';
import { TopItems } from '../../../../../shards/graph/interactions/top-items.js';
import { Trends } from '../../../../../shards/graph/interactions/trends.js';
import { ListMaker } from '../../../../../shards/ranking/lists/list-maker.js';
import { createRules } from '../../../../../shards/ranking/lists/slot-rules.js';
import { SeenLookup } from '../../../../../shards/ranking/lists/seen-lookup.js';
import { slotOf } from '../../../../support/shards/shard-calls.js';
import { ITEMS, sharedCatalogue } from '../../../../support/shards/shard-harness.js';
import type { SlotDefinition } from '../../../../../shards/wire/slot-lists.js';
import { COLUMN } from '../../../../../model/catalogue/shared-catalogue.js';

let maker: ListMaker;
let trends: Trends;
let popular: TopItems;

beforeAll(async () => {
  const catalogue = new CatalogueView((await sharedCatalogue()).shared);
  trends = new Trends(4, 1_000, catalogue);
  popular = new TopItems(4, 1_000);
  trends.update(20, 5, 1_000);
  trends.update(21, 4, 1_000);
  popular.update(20, 9, 1_000);
  popular.update(30, 8, 1_000);
  maker = new ListMaker(catalogue, trends, popular, 100);
});

function make(
  slot: Partial<SlotDefinition>,
  scored: readonly (readonly [item: number, score: number])[],
  rank = false,
): [number, number][] {
  const rules = createRules(slotOf(slot), true);
  // What lies behind the candidates is of somebody who had more.
  const candidates = {
    items: Int32Array.from([...scored.map(([item]) => item), 7]),
    scores: Float32Array.from([...scored.map(([, score]) => score), 99]),
    count: scored.length,
  };
  const seen = new SeenLookup(64);
  const list = rank ? maker.rank(rules, candidates, seen) : maker.make(rules, candidates, seen, undefined);
  return Array.from({ length: list.count }, (_, i) => [list.items[i], list.scores[i]]);
}

describe('a list', () => {
  test('is the best k by score; equal scores keep the order of the candidates', () => {
    expect(
      make({ k: 3 }, [
        [1, 1],
        [2, 3],
        [3, 2],
        [4, 2],
      ]),
    ).toEqual([
      [2, 3],
      [3, 2],
      [4, 2],
    ]);
  });

  test('for a category is filled by the trends of that category first', async () => {
    const catalogue = new CatalogueView((await sharedCatalogue()).shared);
    const all = new Trends(2, 1_000, catalogue);
    [20, 21, 6, 12, 9].forEach((item, i) => all.update(item, 9 - i, 1_000));
    const ofCategory = new ListMaker(catalogue, all, popular, 100);
    const code = catalogue.category[6];
    const bits = new Uint8Array(1 + (code >> 3));
    bits[code >> 3] = 1 << (code & 7);
    const filter = { op: 'codes', column: COLUMN.category, bits } as const;
    const itemsFor = (one: SlotDefinition['filter']) => {
      const rules = createRules(slotOf({ k: 3, filter: one }), true);
      const nothing = { items: new Int32Array(0), scores: new Float32Array(0), count: 0 };
      const list = ofCategory.make(rules, nothing, new SeenLookup(64), undefined);
      return [...list.items.subarray(0, list.count)];
    };
    expect([all.count, catalogue.category[12], catalogue.category[9], catalogue.category[21]]).toEqual([
      2,
      code,
      code,
      code,
    ]);
    expect(itemsFor(filter)).toEqual([21, 6, 12]);
    const cheap = { op: 'range', column: COLUMN.price, min: 0, max: 20 } as const;
    expect(itemsFor({ op: 'all', parts: [cheap, filter] })).toEqual([6, 12, 9]);
    expect(itemsFor({ op: 'not', part: filter })).not.toContain(6);
    bits.fill(255);
    expect(itemsFor(filter)).toEqual([20, 21, 30]);
  });

  test('that is too short is filled by trends, what is popular, and the newest items, a little below each other', () => {
    const list = make({ k: 6 }, [[1, 1]]);
    expect(list.map(([item]) => item)).toEqual([1, 20, 21, 30, ITEMS - 1, ITEMS - 2]);
    list.forEach(([, score], place) => expect(score).toBeCloseTo(1 - place * 1e-3, 5));
  });

  test('of a new shop is its newest items', () => {
    expect(make({ k: 2, exclude: Int32Array.of(20, 21, 30) }, [])).toHaveLength(2);
  });

  test('is as long as the catalogue allows', () => {
    expect(make({ k: 100 }, [])).toHaveLength(ITEMS);
  });
});

test('[T2] a rank is not filled', () => {
  expect(
    make(
      { k: 5 },
      [
        [1, 1],
        [2, 3],
      ],
      true,
    ),
  ).toEqual([
    [2, 3],
    [1, 1],
  ]);
});
