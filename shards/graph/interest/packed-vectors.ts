import type { RowBlocks } from '../row-blocks.js';

/** The largest number of a packed vector, and the least is its opposite. */
const LARGEST = 127;
/** A vector whose numbers are all nearer to 0 than this is zeros: their inverse is no number. */
const LEAST = 1e-30;

/**
 * Vectors of D numbers in a byte each, with one scale a vector: a quarter of the memory, and of the lines of the cache, that they take as
 * float32. A number is off by half of a 127th of the vector's largest one at most. One vector a place of `blocks`, along with which they
 * move. A vector that was written with a number that is not finite has a scale that is not finite.
 */
export class PackedVectors {
  /** Int8 [places, D]. */
  readonly numbers: Int8Array;
  /** Float32 [places]: what 1 of a vector's numbers stands for. */
  readonly scales: Float32Array;
  readonly width: number;

  constructor(blocks: RowBlocks, width: number) {
    this.numbers = blocks.array(Int8Array, width);
    this.scales = blocks.array(Float32Array);
    this.width = width;
  }

  /** Takes over the D numbers of `from` from `at` on. */
  write(place: number, from: Float32Array, at: number): void {
    const { numbers, width } = this;
    let largest = 0;
    for (let d = 0; d < width; d++) largest = Math.max(largest, Math.abs(from[at + d]));
    const inverse = largest < LEAST ? 0 : LARGEST / largest;
    this.scales[place] = largest < LEAST ? 0 : largest / LARGEST;
    const to = place * width;
    for (let d = 0; d < width; d++) numbers[to + d] = Math.round(from[at + d] * inverse);
  }

  /** Puts the D numbers into `into` from `at` on. */
  read(place: number, into: Float32Array, at: number): void {
    const { numbers, width } = this;
    const scale = this.scales[place];
    const from = place * width;
    for (let d = 0; d < width; d++) into[at + d] = scale * numbers[from + d];
  }

  /** A copy of one vector, Float32 [D]. */
  of(place: number): Float32Array {
    const vector = new Float32Array(this.width);
    this.read(place, vector, 0);
    return vector;
  }

  copy(from: number, to: number): void {
    const { width } = this;
    this.numbers.copyWithin(to * width, from * width, (from + 1) * width);
    this.scales[to] = this.scales[from];
  }

  /** Makes `count` vectors from `place` on zeros. */
  clear(place: number, count: number): void {
    this.numbers.fill(0, place * this.width, (place + count) * this.width);
    this.scales.fill(0, place, place + count);
  }
}
