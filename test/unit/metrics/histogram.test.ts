import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BUCKET_COUNT,
  BUCKET_VALUE_MAX,
  bucketFloor,
  bucketOf,
  quantileOf,
  UNITS_PER_US,
} from '../../../metrics/buckets.js';
import { HISTOGRAM } from '../../../metrics/table.js';
import { ThreadStats } from '../../../metrics/thread-stats.js';

const microseconds = fc.oneof(
  fc.integer({ min: 0, max: 200 }),
  fc.integer({ min: 0, max: BUCKET_VALUE_MAX }),
  fc.double({ min: 0, max: 1e6, noNaN: true }),
);

describe('histogram buckets', () => {
  it('hold every value between their floor and the next one', () => {
    fc.assert(
      fc.property(microseconds, (value) => {
        const bucket = bucketOf(value);
        expect(bucketFloor(bucket)).toBeLessThanOrEqual(value);
        expect(bucketFloor(bucket + 1)).toBeGreaterThan(value);
      }),
    );
  });

  it('are exact below 16 and at most 1/16 of their floor wide above', () => {
    for (let bucket = 0; bucket < BUCKET_COUNT; bucket++) {
      const width = bucketFloor(bucket + 1) - bucketFloor(bucket);
      expect(width).toBeLessThanOrEqual(Math.max(1, bucketFloor(bucket) / 16));
    }
  });

  it('take what does not fit at their ends', () => {
    expect([-1, -0.5, Number.NaN, 0.9].map(bucketOf)).toEqual([0, 0, 0, 0]);
    expect([BUCKET_VALUE_MAX, 2 ** 40, Infinity].map(bucketOf)).toEqual([
      BUCKET_COUNT - 1,
      BUCKET_COUNT - 1,
      BUCKET_COUNT - 1,
    ]);
  });

  it('give quantiles within 3.2 % of those of the sorted values', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 60_000_000 }), { minLength: 1, maxLength: 300 }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (values, q) => {
          const counts = new Float64Array(BUCKET_COUNT);
          for (const value of values) counts[bucketOf(value)]++;
          const exact = values.toSorted((a, b) => a - b)[Math.max(1, Math.ceil(q * values.length)) - 1];
          expect(Math.abs(quantileOf(counts, q) - exact) / exact).toBeLessThanOrEqual(0.032);
        },
      ),
    );
    expect(quantileOf(new Float64Array(BUCKET_COUNT), 0.5)).toBe(0);
  });
});

describe('ThreadStats histograms', () => {
  it('count the same values as a list of them, apart from one another', () => {
    fc.assert(
      fc.property(fc.array(microseconds), fc.array(microseconds), (lists, acks) => {
        const stats = ThreadStats.create();
        for (const value of lists) stats.observe(HISTOGRAM.clickToList, value);
        for (const value of acks) stats.observe(HISTOGRAM.clickToAck, value);
        expectHistogram(stats, HISTOGRAM.clickToList, lists);
        expectHistogram(stats, HISTOGRAM.clickToAck, acks);
        expectHistogram(stats, HISTOGRAM.stage.decode, []);
      }),
    );
  });
});

function expectHistogram(stats: ThreadStats, index: number, values: readonly number[]): void {
  const naive = new Float64Array(BUCKET_COUNT);
  for (const value of values) naive[bucketOf(value * UNITS_PER_US)]++;
  const counts = new Float64Array(BUCKET_COUNT);
  const sum = stats.addHistogram(index, counts);
  // Element by element only when they differ: there are thousands of them.
  if (!Buffer.from(counts.buffer).equals(Buffer.from(naive.buffer))) expect(counts).toEqual(naive);
  expect(sum).toBe(values.reduce((total, value) => total + value, 0));
}
