/** Numbers are counted by sign, exponent and the first two bits of the fraction: a quarter of an octave each. */
const SHIFT = 21;
const BUCKETS = 2 ** (32 - SHIFT);
const MIDDLE = BUCKETS / 2;

/**
 * Finds the n-th largest of the first numbers of a buffer, which stays as it is: counts them by size, then orders those alone that
 * are of the size of the n-th. Linear; quickselect over all of them took three times as long.
 */
export class NthLargest {
  /** The numbers as the bits that they are; as such, but for negative ones, they have the same order. */
  readonly #bits: Int32Array;
  readonly #counts = new Int32Array(BUCKETS);
  /** Keys of the numbers of one bucket, and the number that a key is of. */
  readonly #near: Int32Array;
  readonly #key = new Int32Array(1);
  readonly #number = new Float32Array(this.#key.buffer);

  /** @param numbers borrowed; none of them is NaN. */
  constructor(numbers: Float32Array) {
    this.#bits = new Int32Array(numbers.buffer, numbers.byteOffset, numbers.length);
    this.#near = new Int32Array(numbers.length);
  }

  /** The n-th largest (n from 1 to count) of the first `count` numbers. */
  find(count: number, n: number): number {
    const bits = this.#bits;
    const counts = this.#counts;
    counts.fill(0);
    for (let i = 0; i < count; i++) counts[(keyOf(bits[i]) >> SHIFT) + MIDDLE]++;
    let bucket = BUCKETS - 1;
    let place = n - 1;
    for (; place >= counts[bucket]; bucket--) place -= counts[bucket];
    let near = 0;
    for (let i = 0; i < count; i++) {
      const key = keyOf(bits[i]);
      if ((key >> SHIFT) + MIDDLE === bucket) this.#near[near++] = key;
    }
    this.#key[0] = keyOf(selectLargest(this.#near, near, place));
    return this.#number[0];
  }
}

/** Bits of a float32 as an integer of the same order, and back: the bits of negative numbers count the other way. */
function keyOf(bits: number): number {
  return bits ^ ((bits >> 31) & 0x7fffffff);
}

/** Number in place `place`, from 0, of the first `count` numbers in falling order; reorders them (quickselect). */
function selectLargest(numbers: Int32Array, count: number, place: number): number {
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const pivot = numbers[(low + high) >> 1];
    let i = low;
    let j = high;
    while (i <= j) {
      while (numbers[i] > pivot) i++;
      while (numbers[j] < pivot) j--;
      if (i > j) break;
      const swapped = numbers[i];
      numbers[i++] = numbers[j];
      numbers[j--] = swapped;
    }
    if (place <= j) high = j;
    else if (place >= i) low = i;
    else break;
  }
  return numbers[place];
}
