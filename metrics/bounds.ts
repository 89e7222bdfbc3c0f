import { BUCKET_COUNT, bucketFloor, UNITS_PER_US } from './buckets.js';
import type { BoundsName } from './rows/metric-row.js';

/** One upper bound of an exported histogram: `le` in the exported unit, and the first internal bucket above it. */
export interface Bound {
  readonly le: number;
  readonly bucket: number;
}

/** Doublings of 7.8125 µs: 7.8 µs … 0.5 ms, below the round numbers. */
const BELOW_MS = [0.0078125, 0.015625, 0.03125, 0.0625, 0.125, 0.25, 0.5];

/**
 * Bounds by name, in ms for times and in whole numbers otherwise. All are edges of internal buckets, so that the exported counts
 * are exact. `promise` has those of the promises, 25 ms for a list and 200 ms for an acknowledgement, among its own.
 */
const BOUNDS: Readonly<Record<BoundsName, readonly number[]>> = {
  promise: [
    0.25, 0.5, 1, 1.5, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100, 200, 400, 800, 1_600,
    3_200, 6_400, 12_800,
  ],
  stage: [
    ...BELOW_MS.flatMap((ms) => [ms, 1.5 * ms]),
    1,
    1.5,
    2,
    3,
    4,
    6,
    8,
    10,
    15,
    20,
    30,
    50,
    100,
    200,
    400,
    800,
    1_600,
    3_200,
    6_400,
    12_800,
  ],
  call: [0.03125, 0.125, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 800, 3_200, 12_800],
  count: [1, 2, 3, 5, 7, 11, 15, 23, 31, 47, 63, 95, 127, 255, 511, 1_023],
  position: [1, 2, 3, 4, 5, 7, 10, 15, 20, 31, 51, 99],
};

/** Bounds of a histogram, ascending. Those of times are in seconds; of numbers a bound is the largest number below it. */
export function boundsOf(name: BoundsName, isTime: boolean): readonly Bound[] {
  return BOUNDS[name].map((value) => ({
    le: isTime ? value / 1_000 : value,
    bucket: bucketAt(isTime ? Math.round(value * 1_000 * UNITS_PER_US) : value + 1),
  }));
}

/** The bucket that begins with a whole number. Throws RangeError when none does. */
function bucketAt(edge: number): number {
  for (let bucket = 0; bucket < BUCKET_COUNT; bucket++) if (bucketFloor(bucket) === edge) return bucket;
  throw new RangeError(`no bucket begins with ${edge}: choose a bound that is an edge`);
}
