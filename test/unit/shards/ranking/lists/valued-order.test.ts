import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { OrderedList } from '../../../../../shards/ranking/lists/ordered-list.js';
import { valuedOrder } from '../../../../../shards/ranking/lists/valued-order.js';

function ranked(scores: readonly number[]): OrderedList {
  return {
    items: Int32Array.from(scores, (_, i) => i),
    scores: Float32Array.from(scores),
    rows: Int32Array.from(scores, (_, i) => 100 + i),
    count: scores.length,
    max: scores.length,
  };
}

test('worth = p · value, with p the softmax of the scores; no value counts as 1', () => {
  const scores = [Math.log(6), Math.log(3), 0];
  const values = new Map([
    [1, 4],
    [2, 0],
  ]);
  const { list, scores: worths } = valuedOrder(ranked(scores), values, 3);
  expect([...list.items]).toEqual([1, 0, 2]);
  [1.2, 0.6, 0].forEach((worth, i) => expect(worths[i]).toBeCloseTo(worth, 6));
  expect([...list.rows]).toEqual([101, 100, 102]);
  expect([...list.scores]).toEqual([...Float32Array.of(scores[1], scores[0], scores[2])]);
});

test('items behind the end of the list do not count', () => {
  const list = { ...ranked([1, 1, 9]), count: 2 };
  expect([...valuedOrder(list, new Map(), 9).scores]).toEqual([0.5, 0.5]);
});

test('the order of scores is kept by equal values, falls never with a higher one, and k cuts it', () => {
  const arbitrary = fc.array(fc.float({ min: -20, max: 20, noNaN: true }), { minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(arbitrary, fc.nat(49), (drawn, raised) => {
      const list = ranked([...Float32Array.from(drawn).sort().reverse()]);
      const same = new Map(drawn.map((_, i) => [i, 5]));
      expect([...valuedOrder(list, same, 50).list.items]).toEqual([...list.items]);
      const item = raised % drawn.length;
      const after = [...valuedOrder(list, new Map([...same, [item, 6]]), 50).list.items].indexOf(item);
      expect(after).toBeLessThanOrEqual(item);
      expect(valuedOrder(list, same, 3).list.count).toBe(Math.min(3, drawn.length));
    }),
  );
});
