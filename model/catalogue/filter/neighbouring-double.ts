const float = new Float64Array(1);
const bits = new BigInt64Array(float.buffer);

/** The smallest double above a finite `value`; bit patterns of doubles of one sign are in the order of their magnitudes. */
export function nextUp(value: number): number {
  if (value === 0) return Number.MIN_VALUE;
  float[0] = value;
  bits[0] += value > 0 ? 1n : -1n;
  return float[0];
}

/** The largest double below a finite `value`. */
export function nextDown(value: number): number {
  return -nextUp(-value);
}
