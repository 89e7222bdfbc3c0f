import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CandidateSet, SOURCE } from '../../shards/ranking/candidate-set.js';

const itemsOf = (set: CandidateSet) => [...set.item.subarray(0, set.count)];

test('an item is added once, keeps its first source, and begins at zero', () => {
  const set = new CandidateSet(4, 10);
  set.begin();
  set.weight[0] = 9;
  const row = set.add(7, SOURCE.together);
  expect(set.add(7, SOURCE.trend)).toBe(row);
  expect([set.count, set.row(7), set.row(8), set.source[row], set.weight[row]]).toEqual([
    1,
    row,
    -1,
    SOURCE.together,
    0,
  ]);
});

test('a full set takes no more', () => {
  const set = new CandidateSet(2, 10);
  set.begin();
  expect([1, 2, 3, 1].map((item) => set.add(item, 0))).toEqual([0, 1, -1, 0]);
});

test('begin forgets', () => {
  const set = new CandidateSet(2, 10);
  set.begin();
  set.add(1, 0);
  set.begin();
  expect([set.count, set.row(1)]).toEqual([0, -1]);
});

test('a cut keeps the strongest, with all that is known of them', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 40 }), fc.nat(40), (weights, keep) => {
      const set = new CandidateSet(64, 64);
      set.begin();
      weights.forEach((weight, item) => {
        const row = set.add(item, item % 6);
        set.weight[row] = weight;
        set.next[row] = item;
      });
      set.cut(keep);
      const best = weights.toSorted((a, b) => b - a).slice(0, keep);
      expect([...set.weight.subarray(0, set.count)].sort((a, b) => b - a)).toEqual(best);
      for (const item of itemsOf(set)) {
        const row = set.row(item);
        expect([set.item[row], set.weight[row], set.next[row], set.source[row]]).toEqual([
          item,
          weights[item],
          item,
          item % 6,
        ]);
      }
      expect(weights.filter((_, item) => set.row(item) >= 0)).toHaveLength(set.count);
    }),
  );
});

test('take holds exactly what was asked for, once, with what is known of it', () => {
  const known = new CandidateSet(8, 64);
  known.begin();
  known.weight[known.add(5, SOURCE.similar)] = 3;
  const asked = new CandidateSet(8, 64);
  asked.take(Int32Array.of(9, 5, 9), known);
  expect(itemsOf(asked)).toEqual([9, 5]);
  expect([...asked.weight.subarray(0, 2)]).toEqual([0, 3]);
  expect([...asked.source.subarray(0, 2)]).toEqual([SOURCE.trend, SOURCE.similar]);
});
