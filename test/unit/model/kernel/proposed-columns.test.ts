import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FEATURE_INPUTS } from '../../../../model/features/feature-list.js';
import { ProposedColumns } from '../../../../model/kernel/proposed-columns.js';

const MAX = 200;
const COLUMNS = ['weight', 'next', 'before', 'together', 'togetherPrevious', 'neighbour'] as const;
const columns = ProposedColumns.alone(MAX);

const weight = fc.oneof(
  fc.float({ noNaN: true, noDefaultInfinity: true, min: 0 }).map((value) => value + 0),
  fc.constantFrom(-1, 0, 0.5, 0.25, 2 ** -70),
  // Numbers that differ in their last bits alone.
  fc.nat(40).map((bits) => Math.fround(0.1 + bits * 2 ** -27)),
);

test('are the first inputs of the kernel, as the cut takes them', () => {
  expect(FEATURE_INPUTS.slice(0, 6)).toEqual([
    'transition',
    'transitionBack',
    'together',
    'togetherPrevious',
    'neighbour',
    'weight',
  ]);
});

test('a cut keeps the strongest in their order, the first of equals, and names those it drops', () => {
  fc.assert(
    fc.property(fc.array(weight, { minLength: 1, maxLength: MAX }), fc.nat(), (weights, drawn) => {
      const keep = drawn % weights.length;
      weights.forEach((value, row) => {
        columns.item[row] = 1_000 + row;
        COLUMNS.forEach((name, c) => (columns[name][row] = row * 8 + c));
        columns.weight[row] = value;
      });
      const order = weights.map((_, row) => row).sort((a, b) => weights[b] - weights[a] || a - b);
      const kept = order.slice(0, keep).sort((a, b) => a - b);
      const dropped = order.slice(keep).sort((a, b) => a - b);
      expect(columns.cut(weights.length, keep)).toBe(keep);
      expect([...columns.item.subarray(0, keep)]).toEqual(kept.map((row) => 1_000 + row));
      expect([...columns.dropped.subarray(0, dropped.length)]).toEqual(dropped.map((row) => 1_000 + row));
      expect([...columns.weight.subarray(0, keep)]).toEqual(kept.map((row) => weights[row]));
      COLUMNS.slice(1).forEach((name, c) =>
        expect([...columns[name].subarray(0, keep)]).toEqual(kept.map((row) => row * 8 + c + 1)),
      );
    }),
    { numRuns: 400 },
  );
});

test('a thread may make them again and again: a model that is swapped back and forth makes new ones each time', () => {
  for (let swap = 0; swap < 2_100; swap++) ProposedColumns.alone(4).item[0] = swap;
});
