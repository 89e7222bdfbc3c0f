import { expect, test } from 'vitest';
import { ItemsListed, LISTED_PERIOD_US } from '../../../../../gateway/socket/outgoing/items-listed.js';

test('each item counts once in a period; a period that is over stands until the next one is', () => {
  const listed = new ItemsListed(16);
  expect(listed.count(0)).toBe(0);
  listed.mark(Int32Array.from([3, 1, 15]));
  listed.mark(Int32Array.from([1, 2]));
  expect(listed.count(1)).toBe(4);
  expect(listed.count(LISTED_PERIOD_US)).toBe(4);
  listed.mark(Int32Array.from([1]));
  expect(listed.count(2 * LISTED_PERIOD_US - 1)).toBe(4);
  expect(listed.count(2 * LISTED_PERIOD_US)).toBe(1);
  expect(listed.count(3 * LISTED_PERIOD_US)).toBe(0);
});
