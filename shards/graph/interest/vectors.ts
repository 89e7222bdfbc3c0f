/** Adds the row of `width` numbers at `from` in `table` to the one at `to` in `into`. */
export function addRow(
  into: Float32Array,
  to: number,
  table: Float32Array,
  from: number,
  width: number,
): void {
  for (let d = 0; d < width; d++) into[to + d] += table[from + d];
}

/** Euclidean length of the row of `width` numbers at `start`. */
export function lengthOf(vectors: Float32Array, start: number, width: number): number {
  let sum = 0;
  for (let d = start; d < start + width; d++) sum += vectors[d] * vectors[d];
  return Math.sqrt(sum);
}

/** Scales the row of `width` numbers at `start` to length 1; zeros stay zeros. */
export function toUnitLength(vectors: Float32Array, start: number, width: number): void {
  const length = lengthOf(vectors, start, width);
  if (length === 0) return;
  for (let d = start; d < start + width; d++) vectors[d] /= length;
}

/** As `addRow`, the row times `scale`. */
export function addScaledRow(
  into: Float32Array,
  to: number,
  table: Float32Array,
  from: number,
  width: number,
  scale: number,
): void {
  for (let d = 0; d < width; d++) into[to + d] += scale * table[from + d];
}
