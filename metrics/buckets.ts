/**
 * The histogram's log-linear buckets over whole numbers (1,024ths of a ms, or a count): exact below 16, then 16 buckets for each
 * doubling, so that a bucket is at most 1/16 (6.25 %) of its lower edge wide and its middle within 3.2 % of any value in it.
 * The last bucket ends at 2^26 (65.5 s) and takes everything above as well.
 */

/** A time is counted in these, and so 1, 5, 10, 25 and 200 ms are edges of buckets, as promises name them. */
export const UNITS_PER_US = 1.024;

const SUB_BITS = 4;
const SUB_COUNT = 1 << SUB_BITS;
const EXPONENT_MAX = 25;
export const BUCKET_COUNT = (EXPONENT_MAX - SUB_BITS + 2) * SUB_COUNT;

/** Values above this count as this one. */
export const BUCKET_VALUE_MAX = 2 ** (EXPONENT_MAX + 1) - 1;

/** Bucket of a value; fractions are cut off, negative numbers and NaN are 0. */
export function bucketOf(value: number): number {
  if (value >= BUCKET_VALUE_MAX) return BUCKET_COUNT - 1;
  const whole = value | 0;
  if (whole < SUB_COUNT) return whole < 0 ? 0 : whole;
  const exponent = 31 - Math.clz32(whole);
  return (exponent - SUB_BITS + 1) * SUB_COUNT + ((whole >> (exponent - SUB_BITS)) & (SUB_COUNT - 1));
}

/** Smallest whole number of a bucket; of `BUCKET_COUNT`, one more than the largest number of the last bucket. */
export function bucketFloor(bucket: number): number {
  if (bucket < SUB_COUNT) return bucket;
  const octave = Math.floor(bucket / SUB_COUNT) - 1;
  return (SUB_COUNT + (bucket % SUB_COUNT)) * 2 ** octave;
}

/**
 * The value at quantile `q` (0..1) of bucket counts: the middle of the bucket that holds the ⌈q·n⌉-th smallest value; 0 when
 * there is none. `counts` is Float64Array [BUCKET_COUNT].
 */
export function quantileOf(counts: Float64Array, q: number): number {
  let total = 0;
  for (let bucket = 0; bucket < BUCKET_COUNT; bucket++) total += counts[bucket];
  let left = Math.max(1, Math.ceil(q * total));
  for (let bucket = 0; bucket < BUCKET_COUNT; bucket++) {
    left -= counts[bucket];
    if (left <= 0) return (bucketFloor(bucket) + bucketFloor(bucket + 1) - 1) / 2;
  }
  return 0;
}
