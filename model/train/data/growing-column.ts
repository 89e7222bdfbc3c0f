type Numbers = Int32Array | Uint8Array | Float64Array;

/** A column of numbers that doubles when it is full: bytes per value, not objects. */
export class GrowingColumn<A extends Numbers> {
  length = 0;
  #values: A;
  readonly #make: (length: number) => A;

  constructor(make: (length: number) => A) {
    this.#make = make;
    this.#values = make(1_024);
  }

  push(value: number): void {
    if (this.length === this.#values.length) {
      const larger = this.#make(2 * this.length);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.length++] = value;
  }

  /** The values so far; borrowed until the next `push`. */
  view(): A {
    return this.#values.subarray(0, this.length) as A;
  }
}
