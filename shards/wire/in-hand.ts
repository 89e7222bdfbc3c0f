/** What a shard was carrying out when it ended: an event of a session, or a question. */
export type HeldCall =
  | { readonly session: number; readonly seq: number }
  | { readonly session: 0; readonly call: number };

/**
 * The call that a shard is carrying out, in memory that outlives its thread: when a thread ends twice over the same call, the
 * pool does not tell it a third time. Written by the shard for each call, read by the pool when a thread has ended.
 */
export class InHand {
  readonly buffer: SharedArrayBuffer;
  /** Session and seq of an event; 0 and the number of a question; 0 and 0 for nothing. */
  readonly #cells: Float64Array;

  constructor(buffer = new SharedArrayBuffer(2 * Float64Array.BYTES_PER_ELEMENT)) {
    this.buffer = buffer;
    this.#cells = new Float64Array(buffer);
  }

  event(session: number, seq: number): void {
    this.#cells[0] = session;
    this.#cells[1] = seq;
  }

  question(call: number): void {
    this.#cells[0] = 0;
    this.#cells[1] = call;
  }

  clear(): void {
    this.#cells[1] = 0;
  }

  /** What is in hand, undefined for nothing; and nothing is afterwards. */
  take(): HeldCall | undefined {
    const [session, number] = this.#cells;
    this.clear();
    if (number === 0) return undefined;
    return session === 0 ? { session, call: number } : { session, seq: number };
  }
}
