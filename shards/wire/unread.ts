/** Batches of replies that may wait for the gateway thread; with more the shard rests, so that none is old when it is read. */
const UNREAD_MAX = 2;
/** A rest is over after this time at the latest. */
const REST_MS = 1_000;

/** `Atomics.waitAsync`, which the types of ES2023 do not have. */
interface AsyncWait {
  waitAsync(typed: Int32Array, index: number, value: number, timeoutMs: number): { readonly value: unknown };
}

/** Batches that one thread has posted and another has not gone through yet, counted in shared memory: Int32 [1]. */
export class Unread {
  /** For the buffer of a new one. */
  static readonly BYTES = 4;
  readonly buffer: SharedArrayBuffer;
  readonly #count: Int32Array;

  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.#count = new Int32Array(buffer);
  }

  posted(): void {
    Atomics.add(this.#count, 0, 1);
  }

  read(): void {
    Atomics.sub(this.#count, 0, 1);
    Atomics.notify(this.#count, 0);
  }

  /** True when whoever posts should rest. */
  get isMuch(): boolean {
    return Atomics.load(this.#count, 0) > UNREAD_MAX;
  }

  /** Resolves when something has been read. */
  async rest(): Promise<void> {
    const count = Atomics.load(this.#count, 0);
    if (count > UNREAD_MAX)
      await (Atomics as unknown as AsyncWait).waitAsync(this.#count, 0, count, REST_MS).value;
  }
}
