import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TopItems } from '../../shards/graph/interactions/top-items.js';

const HALF_LIFE_MS = 1_000;

test('it is what sorting all decayed counts gives, after every click', () => {
  const clicks = fc.array(fc.record({ item: fc.nat(9), afterMs: fc.integer({ min: 1, max: 3_000 }) }), {
    maxLength: 60,
    size: 'max',
  });
  fc.assert(
    fc.property(clicks, fc.integer({ min: 1, max: 12 }), (clicks, size) => {
      const top = new TopItems(size, HALF_LIFE_MS);
      const counts = new Map<number, { count: number; atMs: number }>();
      let nowMs = 1_000_000;
      for (const { item, afterMs } of clicks) {
        nowMs += afterMs;
        const known = counts.get(item);
        const count =
          (known === undefined ? 0 : known.count * Math.pow(2, (known.atMs - nowMs) / HALF_LIFE_MS)) + 1;
        counts.set(item, { count, atMs: nowMs });
        top.update(item, count, nowMs);
        const value = (of: number) => Math.log2(counts.get(of)!.count) + counts.get(of)!.atMs / HALF_LIFE_MS;
        const sorted = [...counts.keys()].sort((a, b) => value(b) - value(a)).slice(0, size);
        const found = [...top.items.subarray(0, top.count)];
        expect(found.map(value)).toEqual(sorted.map(value));
        expect(new Set(found).size).toBe(found.length);
      }
    }),
    { numRuns: 100 },
  );
});

test('something older than what is known changes nothing', () => {
  const top = new TopItems(3, HALF_LIFE_MS);
  top.update(1, 5, 10_000);
  top.update(2, 4, 10_000);
  top.update(1, 1, 9_000);
  top.update(3, 0, 20_000);
  expect([...top.items.subarray(0, top.count)]).toEqual([1, 2]);
});
