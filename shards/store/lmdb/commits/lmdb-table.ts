import type { Database } from 'lmdb';

/** lmdb-js takes put options here (write.js, `put`) but declares them for `putSync` only. */
const APPEND = { append: true } as unknown as number;

type Bytes = Database<Uint8Array, Uint8Array>;

/** One change of a table, kept until it is durable: a disk that was full for a moment gets it again. */
export interface TableWrite {
  readonly op: 'put' | 'append' | 'remove' | 'clear';
  readonly database: Bytes;
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

const NONE = new Uint8Array(0);

/**
 * One named table of an environment: bytes by bytes, keys in the order of their bytes. Reads see what is durable;
 * writes are made within `LmdbEnvironment.commit` only.
 */
export class LmdbTable {
  readonly #database: Bytes;
  readonly #write: (write: TableWrite) => void;

  /** `write` takes what is to be written with the commit under way. */
  constructor(database: Bytes, write: (write: TableWrite) => void) {
    this.#database = database;
    this.#write = write;
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
    this.#write({ op: 'put', database: this.#database, key: Buffer.from(key), value });
  }

  /** As `put`, for a key above all others: fills pages whole. The commit fails when the key is not above all others. */
  append(key: Uint8Array, value: Uint8Array): void {
    this.#write({ op: 'append', database: this.#database, key: Buffer.from(key), value });
  }

  remove(key: Uint8Array): void {
    this.#write({ op: 'remove', database: this.#database, key: Buffer.from(key), value: NONE });
  }

  /** Removes all keys, at the cost of their pages, not of their number. */
  clear(): void {
    this.#write({ op: 'clear', database: this.#database, key: NONE, value: NONE });
  }

  /** Entries with `start <= key < end`, ascending, as they were when iteration began; keys and values are the caller's. */
  range(start?: Uint8Array, end?: Uint8Array): Iterable<Entry> {
    return this.#database.getRange({ ...(start && { start }), ...(end && { end }) }) as Iterable<Entry>;
  }

  /**
   * Reads the values of these keys from the disk into the system's page cache, on a thread of libuv's pool: who gets them then does
   * not wait for it. Resolves when that is done. Keys are copied.
   */
  prefetch(keys: readonly Uint8Array[]): Promise<void> {
    return this.#database.prefetch([...keys]);
  }

  /** The last entry with a key of at most `key`; without a key, the last of all. */
  last(key?: Uint8Array): Entry | undefined {
    const options = { reverse: true, limit: 1, ...(key && { start: key }) };
    for (const entry of this.#database.getRange(options) as Iterable<Entry>) return entry;
    return undefined;
  }

  /** Keys from `start` on, ascending, as they were when iteration began; the caller's. Values are not read. */
  keys(start?: Uint8Array): Iterable<Buffer> {
    return this.#database.getKeys({ ...(start && { start }) }) as Iterable<Uint8Array> as Iterable<Buffer>;
  }

  /** Number of keys; reads the table's header only. */
  count(): number {
    return this.#stats.entryCount;
  }

  /** Bytes of its pages in the file; reads the table's header only. */
  bytes(): number {
    const { pageSize, treeBranchPageCount, treeLeafPageCount, overflowPages } = this.#stats;
    return pageSize * (treeBranchPageCount + treeLeafPageCount + overflowPages);
  }

  get #stats(): TableStats {
    return this.#database.getStats() as TableStats;
  }
}

/** Queues a write with lmdb-js. Resolves, for an append alone, to whether the key was above all others. */
export function carryOut({ op, database, key, value }: TableWrite): Promise<boolean> | undefined {
  switch (op) {
    case 'put':
      void database.put(key, value);
      return undefined;
    case 'append':
      return database.put(key, value, APPEND);
    case 'remove':
      void database.remove(key);
      return undefined;
    case 'clear':
      void database.clearAsync();
      return undefined;
  }
}

/** Of lmdb-js, which declares none of them. */
interface TableStats {
  readonly pageSize: number;
  readonly entryCount: number;
  readonly treeBranchPageCount: number;
  readonly treeLeafPageCount: number;
  readonly overflowPages: number;
}

export interface Entry {
  readonly key: Buffer;
  readonly value: Buffer;
}
