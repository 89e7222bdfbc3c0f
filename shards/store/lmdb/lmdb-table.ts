import type { Database } from 'lmdb';

/** lmdb-js takes put options here (write.js, `put`) but declares them for `putSync` only. */
const APPEND = { append: true } as unknown as number;

/**
 * One named table of an environment: bytes by bytes, keys in the order of their bytes. Reads see what is durable;
 * writes are made within `LmdbEnvironment.commit` only.
 */
export class LmdbTable {
  readonly #database: Database<Uint8Array, Uint8Array>;
  readonly #appended: (write: Promise<boolean>) => void;

  /** `appended` gets the promise of each append, which resolves to false when it did not happen. */
  constructor(database: Database<Uint8Array, Uint8Array>, appended: (write: Promise<boolean>) => void) {
    this.#database = database;
    this.#appended = appended;
  }

  /** A copy of the value, the caller's; undefined when the key is not there. */
  get(key: Uint8Array): Buffer | undefined {
    return this.#database.getBinary(key);
  }

  has(key: Uint8Array): boolean {
    return this.#database.doesExist(key);
  }

  /** `key` is copied; `value` must not change until the commit is durable. */
  put(key: Uint8Array, value: Uint8Array): void {
    void this.#database.put(key, value);
  }

  /** As `put`, for a key above all others: fills pages whole. The commit fails when the key is not above all others. */
  append(key: Uint8Array, value: Uint8Array): void {
    this.#appended(this.#database.put(key, value, APPEND));
  }

  remove(key: Uint8Array): void {
    void this.#database.remove(key);
  }

  /** Removes all keys, at the cost of their pages, not of their number. */
  clear(): void {
    void this.#database.clearAsync();
  }

  /** Entries with `start <= key < end`, ascending, as they were when iteration began; keys and values are the caller's. */
  range(start?: Uint8Array, end?: Uint8Array): Iterable<Entry> {
    return this.#database.getRange({ ...(start && { start }), ...(end && { end }) }) as Iterable<Entry>;
  }

  /** The last entry with a key of at most `key`; without a key, the last of all. */
  last(key?: Uint8Array): Entry | undefined {
    const options = { reverse: true, limit: 1, ...(key && { start: key }) };
    for (const entry of this.#database.getRange(options) as Iterable<Entry>) return entry;
    return undefined;
  }

  /** Number of keys; reads the table's header only. */
  count(): number {
    return (this.#database.getStats() as { entryCount: number }).entryCount;
  }
}

export interface Entry {
  readonly key: Buffer;
  readonly value: Buffer;
}
