/** Lets threads wait, in memory that they share, until another one is done with what they need. Once open it stays so. */
export class OpenGate {
  readonly buffer: SharedArrayBuffer;
  readonly #cell: Int32Array;

  constructor(buffer = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) {
    this.buffer = buffer;
    this.#cell = new Int32Array(buffer);
  }

  open(): void {
    Atomics.store(this.#cell, 0, 1);
    Atomics.notify(this.#cell, 0);
  }

  /** Returns when the gate is open; the thread, which is not that of the process, does nothing until then. */
  pass(): void {
    Atomics.wait(this.#cell, 0, 0);
  }
}
