/** Item vectors, Float32 [items, D], row-major; borrowed. */
export class VectorTable {
  readonly numbers: Float32Array;
  readonly width: number;

  constructor(numbers: Float32Array, width: number) {
    this.numbers = numbers;
    this.width = width;
  }

  /** Adds the vector of `item`, times `scale`, to the D numbers of `into` from `at` on. */
  addTo(into: Float32Array, at: number, item: number, scale = 1): void {
    const { numbers, width } = this;
    const from = item * width;
    for (let d = 0; d < width; d++) into[at + d] += scale * numbers[from + d];
  }
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

/** Makes the row of `width` numbers at `start` zeros; where it is that, nothing is written, and memory that nobody touched stays so. */
export function clearVector(vectors: Float32Array, start: number, width: number): void {
  const end = start + width;
  let at = start;
  while (at < end && vectors[at] === 0) at++;
  vectors.fill(0, at, end);
}
