import type { DamageListener } from '../../damage.js';
import { isIntact, seal, unsealed } from '../../seal.js';
import { damageOf, rowsOf, type StoredRows } from '../../stored-rows.js';
import type { LmdbEnvironment } from '../commits/lmdb-environment.js';
import type { Entry, LmdbTable } from '../commits/lmdb-table.js';

/**
 * A table whose values are sealed on their way to the disk (`seal.ts`) and checked on their way back. One that is damaged is
 * told of, and reads as if it were not there. Values written before there were checksums are given as they are.
 */
export class SealedTable {
  readonly #table: LmdbTable;
  readonly #name: string;
  readonly #rows: StoredRows;
  readonly #damaged: DamageListener;

  /** The table called `name` of `environment`; `damaged` hears of each damaged value, every time it is read. */
  constructor(environment: LmdbEnvironment, name: string, damaged: DamageListener = () => {}) {
    this.#table = environment.table(name);
    this.#name = name;
    this.#rows = rowsOf(name);
    this.#damaged = damaged;
  }

  /** A copy of the value, the caller's; undefined when the key is not there or its value is damaged. */
  get(key: Uint8Array): Buffer | undefined {
    const value = this.#table.get(key);
    return value && this.#checked(key, value);
  }

  /** True also when the value is damaged. */
  has(key: Uint8Array): boolean {
    return this.#table.has(key);
  }

  /** Both are copied. Returns the copy of the value, which must not change until the commit is durable. */
  put(key: Uint8Array, value: Uint8Array): Buffer {
    const sealed = seal(key, value);
    this.#table.put(key, sealed);
    return unsealed(sealed);
  }

  /** As `put`, with what `seal` made of the key and the value; it is not copied. */
  putSealed(key: Uint8Array, sealed: Uint8Array): Buffer {
    this.#table.put(key, sealed);
    return unsealed(asBuffer(sealed));
  }

  /** As `put`, for a key above all others; see `LmdbTable.append`. */
  append(key: Uint8Array, value: Uint8Array): Buffer {
    const sealed = seal(key, value);
    this.#table.append(key, sealed);
    return unsealed(sealed);
  }

  remove(key: Uint8Array): void {
    this.#table.remove(key);
  }

  clear(): void {
    this.#table.clear();
  }

  /** Sound entries with `start <= key < end`, ascending, as they were when iteration began; keys and values are the caller's. */
  *range(start?: Uint8Array, end?: Uint8Array): Generator<Entry> {
    for (const { key, value } of this.entries(start, end)) if (value !== undefined) yield { key, value };
  }

  /** As `range`, with the damaged ones, whose value is undefined. */
  *entries(
    start?: Uint8Array,
    end?: Uint8Array,
  ): Generator<{ readonly key: Buffer; readonly value: Buffer | undefined }> {
    for (const { key, value } of this.#table.range(start, end))
      yield { key, value: this.#checked(key, value) };
  }

  /** Keys from `start` on, ascending, whatever became of their values; the caller's. */
  keys(start?: Uint8Array): Iterable<Buffer> {
    return this.#table.keys(start);
  }

  /** The last key of at most `key`; without one, the last of all. `size` is that of its value on disk, bytes. */
  last(key?: Uint8Array): { readonly key: Buffer; readonly size: number } | undefined {
    const entry = this.#table.last(key);
    return entry && { key: entry.key, size: entry.value.length };
  }

  /** Reads ahead what `verify` would look at with the same arguments; see `LmdbTable.prefetch`. */
  readAhead(after: Uint8Array | undefined, limit: number): Promise<void> {
    const keys: Buffer[] = [];
    // One more: the first is `after` itself.
    for (const key of this.#table.keys(after)) if (keys.push(key) > limit) break;
    return this.#table.prefetch(keys);
  }

  /** See `LmdbTable.prefetch`. */
  prefetch(keys: readonly Uint8Array[]): Promise<void> {
    return this.#table.prefetch(keys);
  }

  /** Looks at the values of up to `limit` keys after `after`, or from the first on; damaged ones are told of. */
  verify(after: Uint8Array | undefined, limit: number): Verified {
    let bytes = 0;
    let count = 0;
    let last: Buffer | undefined;
    for (const { key, value } of this.#table.range(after)) {
      if (after !== undefined && key.equals(after)) continue;
      this.#checked(key, value);
      last = key;
      bytes += key.length + value.length;
      if (++count === limit) break;
    }
    return { count, bytes, after: count === limit ? last : undefined };
  }

  count(): number {
    return this.#table.count();
  }

  /** Bytes of its pages in the file. */
  bytes(): number {
    return this.#table.bytes();
  }

  #checked(key: Uint8Array, value: Buffer): Buffer | undefined {
    if (isIntact(key, value)) return unsealed(value);
    if (this.#rows.isOlder(value)) return value;
    this.#damaged(damageOf(this.#name, Buffer.from(key), value));
    return undefined;
  }
}

function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** A bite of a look through a table: what was looked at, and where to go on; `after` is undefined when it was the last. */
export interface Verified {
  readonly count: number;
  readonly bytes: number;
  readonly after: Buffer | undefined;
}
