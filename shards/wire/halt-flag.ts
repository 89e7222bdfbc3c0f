/** Tells threads, in memory that they share, to end as soon as they can. Once raised it stays so. */
export class HaltFlag {
  readonly buffer: SharedArrayBuffer;
  readonly #cell: Int32Array;

  constructor(buffer = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) {
    this.buffer = buffer;
    this.#cell = new Int32Array(buffer);
  }

  raise(): void {
    Atomics.store(this.#cell, 0, 1);
  }

  get isRaised(): boolean {
    return Atomics.load(this.#cell, 0) !== 0;
  }
}
