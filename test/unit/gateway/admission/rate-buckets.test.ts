import { expect, test } from 'vitest';
import { BUCKETS_MAX, RateBuckets } from '../../../../gateway/admission/rate-buckets.js';

const SECOND_US = 1_000_000;

test('a burst, then the rate, by name', () => {
  const buckets = new RateBuckets({ perSec: 10, burst: 5 });
  const take = (name: string, nowUs: number) => buckets.take(name, nowUs);
  expect(Array.from({ length: 6 }, () => take('a', SECOND_US))).toEqual([0, 0, 0, 0, 0, 100]);
  expect(take('b', SECOND_US)).toBe(0);
  expect([
    take('a', SECOND_US + 99_000),
    take('a', SECOND_US + 100_000),
    take('a', SECOND_US + 100_000),
  ]).toEqual([1, 0, 100]);
  expect(Array.from({ length: 6 }, () => take('a', 60 * SECOND_US))).toEqual([0, 0, 0, 0, 0, 100]);
});

test('what is large waits the longer afterwards', () => {
  const buckets = new RateBuckets({ perSec: 1_000, burst: 100 });
  expect(buckets.take('a', SECOND_US, 1_100)).toBe(0);
  expect(buckets.take('a', SECOND_US)).toBe(1_001);
});

test('0 is no limit, and who is not counted has none', () => {
  expect(new RateBuckets({ perSec: 0, burst: 0 }).take('a', 0, 1e9)).toBe(0);
  const buckets = new RateBuckets({ perSec: 1, burst: 1 });
  for (let i = 0; i < 10; i++) expect(buckets.take('', 0)).toBe(0);
});

test('names are kept up to the bound', () => {
  const buckets = new RateBuckets({ perSec: 1, burst: 1 });
  for (let i = 0; i <= BUCKETS_MAX; i++) buckets.take(`peer ${i}`, SECOND_US);
  expect(buckets.size).toBe(BUCKETS_MAX);
});
