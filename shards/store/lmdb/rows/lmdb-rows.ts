import type { SealedTable } from './sealed-table.js';
import { Overlay } from './overlay.js';

/** Values by text key: what is committed, and over it what is on its way. */
export class LmdbRows {
  readonly #table: SealedTable;
  readonly #encode: (key: string) => Buffer;
  readonly #decode: (key: Buffer) => string;
  readonly #pending = new Overlay<string, Buffer>();
  /** Ticket of the removal of all rows that is on its way: until it is durable the table's own rows do not count. */
  #clearing = 0;

  /** `encode` may return a borrowed buffer. */
  constructor(table: SealedTable, encode: (key: string) => Buffer, decode: (key: Buffer) => string) {
    this.#table = table;
    this.#encode = encode;
    this.#decode = decode;
  }

  /** A copy, the caller's. */
  get(key: string): Buffer | undefined {
    if (!this.#pending.has(key)) return this.#clearing > 0 ? undefined : this.#table.get(this.#encode(key));
    const value = this.#pending.get(key);
    return value && Buffer.from(value);
  }

  has(key: string): boolean {
    if (this.#pending.has(key)) return this.#pending.get(key) !== undefined;
    return this.#clearing === 0 && this.#table.has(this.#encode(key));
  }

  /** Reads the values of these keys ahead; see `LmdbTable.prefetch`. */
  readAhead(keys: readonly string[]): Promise<void> {
    return this.#table.prefetch(keys.map((key) => Buffer.from(this.#encode(key))));
  }

  /** Queues the removal of all rows. */
  clear(ticket: number): void {
    for (const key of this.#pending.snapshot().keys()) this.#pending.set(key, undefined, ticket);
    this.#clearing = ticket;
    this.#table.clear();
  }

  /** Queues a change; `bytes` are copied, `undefined` removes. */
  set(key: string, bytes: Uint8Array | undefined, ticket: number): void {
    const value = bytes && this.#table.put(this.#encode(key), bytes);
    if (value === undefined) this.#table.remove(this.#encode(key));
    this.#pending.set(key, value, ticket);
  }

  /** As `set`, with a value sealed for its key already (`seal.ts`); it is not copied. */
  setSealed(key: string, sealed: Uint8Array, ticket: number): void {
    this.#pending.set(key, this.#table.putSealed(this.#encode(key), sealed), ticket);
  }

  /** All rows from `start` on and before `end` (encoded), in no order. `holds` says which pending keys are among them. */
  *entries(
    holds: (key: string) => boolean,
    start?: Buffer,
    end?: Buffer,
  ): Generator<{ readonly key: string; readonly bytes: Buffer }> {
    const pending = this.#pending.snapshot();
    for (const { key, value } of this.#clearing > 0 ? [] : this.#table.range(start, end)) {
      const text = this.#decode(key);
      if (!pending.has(text)) yield { key: text, bytes: value };
    }
    for (const [key, value] of pending) if (value && holds(key)) yield { key, bytes: Buffer.from(value) };
  }

  /** Keys of committed rows in their order, those after `after`; '' begins. */
  *keysAfter(after: string): Generator<string> {
    if (this.#clearing > 0) return;
    for (const key of this.#table.keys(after === '' ? undefined : Buffer.from(this.#encode(after)))) {
      const text = this.#decode(key);
      if (text !== after && this.has(text)) yield text;
    }
  }

  settle(ticket: number): void {
    this.#pending.settle(ticket);
    if (ticket >= this.#clearing) this.#clearing = 0;
  }
}
