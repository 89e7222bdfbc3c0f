import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CandidateSet } from '../../../../../shards/ranking/candidates/candidate-set.js';

const itemsOf = (set: CandidateSet) => [...set.item.subarray(0, set.count)];

/** All that is known of a row beside its item. */
const numbersOf = (
  { weight, next, before, together, togetherPrevious, neighbour }: CandidateSet,
  row: number,
) => [weight, next, before, together, togetherPrevious, neighbour].map((column) => column[row]);

function setNumbers(set: CandidateSet, row: number, first: number): void {
  const { weight, next, before, together, togetherPrevious, neighbour } = set;
  [weight, next, before, together, togetherPrevious, neighbour].forEach(
    (column, c) => (column[row] = first + c),
  );
}

test('an item is added once, and begins at zero', () => {
  const set = new CandidateSet(4, 10);
  set.begin();
  setNumbers(set, 0, 9);
  const row = set.add(7);
  expect(numbersOf(set, row)).toEqual([0, 0, 0, 0, 0, 0]);
  setNumbers(set, row, 5);
  expect(set.add(7)).toBe(row);
  expect([set.count, set.row(7), set.row(8)]).toEqual([1, row, -1]);
  expect(numbersOf(set, row)).toEqual([5, 6, 7, 8, 9, 10]);
});

test('a full set takes no more', () => {
  const set = new CandidateSet(2, 10);
  set.begin();
  expect([1, 2, 3, 1].map((item) => set.add(item))).toEqual([0, 1, -1, 0]);
});

test('begin forgets', () => {
  const set = new CandidateSet(2, 10);
  set.begin();
  set.add(1);
  set.begin();
  expect([set.count, set.row(1)]).toEqual([0, -1]);
});

test('nobody is remembered after so many users that their numbers begin again', () => {
  // A place is a number below 2^31, and each user takes `max` of them.
  const max = 2 ** 22;
  const set = new CandidateSet(max, 4);
  for (let user = 0; user < 2 ** 10; user++) {
    set.begin();
    expect([set.row(user % 3), set.row(3)]).toEqual([-1, -1]);
    expect([set.add(user % 3), set.add((user + 1) % 3), set.row(user % 3)]).toEqual([0, 1, 0]);
  }
});

test('a cut keeps the strongest, with all that is known of them', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 40 }), fc.nat(40), (weights, keep) => {
      const set = new CandidateSet(64, 64);
      set.begin();
      weights.forEach((weight, item) => {
        const row = set.add(item);
        setNumbers(set, row, item);
        set.weight[row] = weight;
      });
      set.cut(keep);
      const best = weights.toSorted((a, b) => b - a).slice(0, keep);
      expect([...set.weight.subarray(0, set.count)].sort((a, b) => b - a)).toEqual(best);
      for (const item of itemsOf(set)) {
        const row = set.row(item);
        expect(set.item[row]).toBe(item);
        expect(numbersOf(set, row)).toEqual([
          weights[item],
          item + 1,
          item + 2,
          item + 3,
          item + 4,
          item + 5,
        ]);
      }
      expect(weights.filter((_, item) => set.row(item) >= 0)).toHaveLength(set.count);
    }),
  );
});

test('take holds exactly what was asked for, once, with what is known of it', () => {
  const known = new CandidateSet(8, 64);
  known.begin();
  known.add(6);
  setNumbers(known, known.add(5), 3);
  const asked = new CandidateSet(8, 64);
  asked.take(Int32Array.of(9, 5, 9), known);
  expect(itemsOf(asked)).toEqual([9, 5]);
  expect([0, 1].map((row) => numbersOf(asked, row))).toEqual([
    [0, 0, 0, 0, 0, 0],
    [3, 4, 5, 6, 7, 8],
  ]);
  expect([9, 5, 6].map((item) => asked.row(item))).toEqual([0, 1, -1]);
});
