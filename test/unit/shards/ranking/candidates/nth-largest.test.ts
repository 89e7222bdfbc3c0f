import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NthLargest } from '../../../../../shards/ranking/candidates/nth-largest.js';

const number = fc.float({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);

test('the n-th largest is the one of the sorted numbers, and they stay as they are', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(number, fc.constantFrom(-1, 0, 0.5)), { minLength: 1, maxLength: 60 }),
      fc.nat(),
      (drawn, place) => {
        const numbers = Float32Array.from(drawn);
        const n = 1 + (place % drawn.length);
        expect(new NthLargest(numbers).find(numbers.length, n)).toBe(numbers.toSorted().at(-n));
        expect([...numbers]).toEqual(drawn);
      },
    ),
  );
});

test('numbers behind those counted do not matter', () => {
  const largest = new NthLargest(Float32Array.of(1, 3, 2, 99));
  expect([1, 2, 3].map((n) => largest.find(3, n))).toEqual([3, 2, 1]);
});
