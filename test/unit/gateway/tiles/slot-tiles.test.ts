import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SlotTiles } from '../../../../gateway/tiles/slot-tiles.js';
import { TileFields } from '../../../../gateway/tiles/tile-fields.js';
import { TileVersions } from '../../../../gateway/tiles/tile-versions.js';
import { TOLD_MAX } from '../../../../gateway/tiles/told-tiles.js';
import type { ShardList } from '../../../../shards/wire/slot-lists.js';

const ITEMS = 4_096;

function listOf(items: readonly number[]): ShardList {
  return { items: Int32Array.from(items), scores: new Float32Array(items.length), rev: 1, model: 'm' };
}

function tiled(...names: string[]) {
  const versions = new TileVersions(ITEMS);
  return { versions, tiles: new SlotTiles(new TileFields(names), versions) };
}

test('a list tells of what the client was not told, and of what has changed', () => {
  const { tiles, versions } = tiled('price');
  expect([...tiles.take(listOf([3, 1, 2]), 1)]).toEqual([3, 1, 2]);
  expect([...tiles.take(listOf([1, 3, 9]), 2)]).toEqual([9]);
  expect(tiles.isStale()).toBe(false);
  versions.note([3], []);
  expect(tiles.isStale()).toBe(true);
  expect([...tiles.take(listOf([1, 3, 2]), 2)]).toEqual([3]);
  expect([...tiles.take(listOf([1, 3, 2]), 2)]).toEqual([]);
});

test('units of stock matter to tiles that show them alone', () => {
  const [without, withStock] = [tiled('price'), tiled('stock')];
  for (const { tiles, versions } of [without, withStock]) {
    tiles.take(listOf([5]), 1);
    versions.note([], [5]);
  }
  expect([without.tiles.isStale(), withStock.tiles.isStale()]).toEqual([false, true]);
});

test(`a client that keeps the rule holds every tile, in its newest version, and ${TOLD_MAX} at most`, () => {
  const step = fc.record({
    // As lists that move on: some items stay, others come.
    first: fc.nat(900),
    count: fc.integer({ min: 0, max: 99 }),
    changed: fc.uniqueArray(fc.integer({ min: 0, max: 900 }), { maxLength: 5 }),
  });
  let most = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => {
      const { tiles, versions } = tiled('title');
      const held = new Map<number, number>();
      for (const { first, count, changed } of steps) {
        const list = [901, ...Array.from({ length: count }, (_, i) => (first + i) % 901)];
        versions.note(changed, []);
        const told = [...tiles.take(listOf(list), 1)];
        if (told.length === list.length) held.clear();
        for (const item of told) held.set(item, versions.of(item, false));
        expect(list.map((item) => held.get(item))).toEqual(list.map((item) => versions.of(item, false)));
        most = Math.max(most, held.size);
        expect(held.size).toBeLessThanOrEqual(TOLD_MAX);
      }
    }),
  );
  expect(most).toBeGreaterThan(TOLD_MAX / 2);
});

test('the bound is reached: then all is told, and counting begins anew', () => {
  const { tiles } = tiled('title');
  const of = (first: number) => listOf([0, ...Array.from({ length: 49 }, (_, i) => first + i)]);
  const told = [1, 101, 201, 301, 401, 501, 601].map((first) => tiles.take(of(first), 1).length);
  expect(told).toEqual([50, 49, 49, 49, 49, 50, 49]);
});

test('fields of an item, its attributes, and none that it lacks', () => {
  const fields = new TileFields(['title', 'image', 'colour', 'stock', 'id', 'title', 'toString']);
  const item = { id: 'a', title: 'A', imageUrl: '/a.png', attributes: { colour: ['red'], size: 5 } };
  expect({ ...fields.tile('a', item) }).toEqual({ id: 'a', title: 'A', image: '/a.png', colour: ['red'] });
  expect({ ...fields.tile('a', undefined) }).toEqual({ id: 'a' });
});
