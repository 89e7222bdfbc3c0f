import { expect, test } from 'vitest';
import { STAMP_MAX, Stamps } from '../../../metrics/stamps.js';

test('a row is marked until all marks are forgotten', () => {
  const stamps = new Stamps(3);
  expect([0, 1, 2, 3].map((row) => stamps.has(row))).toEqual([false, false, false, false]);
  stamps.mark(1);
  expect([0, 1, 2].map((row) => stamps.has(row))).toEqual([false, true, false]);
  stamps.forget();
  expect(stamps.has(1)).toBe(false);
});

test('they are used up after 2³¹ − 1 times and begin again, with no mark of before', () => {
  const stamps = new Stamps(4, STAMP_MAX - 3);
  const marked: boolean[] = [];
  for (let round = 0; round < 8; round++) {
    stamps.forget();
    stamps.mark(round % 4);
    marked.push([0, 1, 2, 3].every((row) => stamps.has(row) === (row === round % 4)));
  }
  expect(marked).toEqual(Array(8).fill(true));
});

test('a mark of the first stamps is not taken for one after the turn', () => {
  const stamps = new Stamps(2);
  stamps.mark(0);
  const turned = new Stamps(2, STAMP_MAX - 1);
  turned.mark(0);
  turned.forget();
  expect([stamps.has(0), turned.has(0), turned.has(1)]).toEqual([true, false, false]);
});
