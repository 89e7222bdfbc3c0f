import fc from 'fast-check';
import { expect, test } from 'vitest';
import { valuedOrder } from '../../../../gateway/calls/valued-order.js';
import { REASONS_MAX } from '../../../../shards/wire/shard-limits.js';
import type { RankAnswer } from '../../../../shards/wire/slot-lists.js';

function answerOf(scores: readonly number[]): RankAnswer {
  return {
    items: Int32Array.from(scores, (_, i) => i),
    scores: Float32Array.from(scores),
    reasons: scores.map((_, i) => ({ because: [i], weight: [1], source: 0 })),
    rev: 1,
    model: 'm',
    degraded: false,
  };
}

test('score = p · value, with p the softmax of the scores; no value counts as 1', () => {
  const { items, scores, reasons } = valuedOrder(
    answerOf([Math.log(6), Math.log(3), 0]),
    new Map([
      [1, 4],
      [2, 0],
    ]),
    3,
  );
  expect([...items]).toEqual([1, 0, 2]);
  [1.2, 0.6, 0].forEach((score, i) => expect(scores[i]).toBeCloseTo(score, 6));
  expect(reasons?.map(({ because }) => because)).toEqual([[1], [0], [2]]);
});

test('the order of scores is kept by equal values, falls never with a higher one, and k cuts it', () => {
  const arbitrary = fc.array(fc.float({ min: -20, max: 20, noNaN: true }), { minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(arbitrary, fc.nat(49), (drawn, raised) => {
      const sorted = Float32Array.from(drawn).sort().reverse();
      const answer = answerOf([...sorted]);
      const same = new Map(drawn.map((_, i) => [i, 5]));
      expect([...valuedOrder(answer, same, 50).items]).toEqual([...answer.items]);
      const item = raised % drawn.length;
      const after = [...valuedOrder(answer, new Map([...same, [item, 6]]), 50).items].indexOf(item);
      expect(after).toBeLessThanOrEqual(item);
      expect(valuedOrder(answer, same, 3).items).toHaveLength(Math.min(3, drawn.length));
    }),
  );
});

test('the first items of the order have reasons, theirs, as without values', () => {
  const count = REASONS_MAX + 20;
  const answer = answerOf(Array.from({ length: count }, () => 0));
  const values = new Map(Array.from({ length: count }, (_, i) => [i, i + 1] as const));
  const { items, reasons = [] } = valuedOrder(answer, values, count);
  expect(items).toHaveLength(count);
  expect(reasons.map(({ because }) => because[0])).toEqual([...items].slice(0, REASONS_MAX));
});
