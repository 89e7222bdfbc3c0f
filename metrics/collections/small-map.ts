/**
 * A map of which most have one entry or none, such as the slots of one connection: 48 bytes where a `Map` takes 184 even when it
 * is empty. The second entry makes a `Map` of it, which stays until `clear`. Order and iteration are those of a `Map`.
 */
export class SmallMap<K extends string | number, V extends object | number> {
  #key: K | undefined;
  #value: V | undefined;
  /** All entries, once there have been two. */
  #many: Map<K, V> | undefined;

  get size(): number {
    if (this.#many !== undefined) return this.#many.size;
    return this.#key === undefined ? 0 : 1;
  }

  get(key: K): V | undefined {
    if (this.#many !== undefined) return this.#many.get(key);
    return this.#key === key ? this.#value : undefined;
  }

  has(key: K): boolean {
    return this.#many === undefined ? this.#key === key : this.#many.has(key);
  }

  set(key: K, value: V): void {
    if (this.#many === undefined && this.#key !== undefined && this.#key !== key) {
      this.#many = new Map(this);
      this.#key = this.#value = undefined;
    }
    if (this.#many !== undefined) this.#many.set(key, value);
    else {
      this.#key = key;
      this.#value = value;
    }
  }

  /** True when it was there. */
  delete(key: K): boolean {
    if (this.#many !== undefined) return this.#many.delete(key);
    if (this.#key !== key) return false;
    this.#key = this.#value = undefined;
    return true;
  }

  clear(): void {
    this.#key = this.#value = undefined;
    // Whoever is going through it finds nothing more.
    this.#many?.clear();
    this.#many = undefined;
  }

  keys(): Iterable<K> {
    if (this.#many !== undefined) return this.#many.keys();
    return this.#key === undefined ? [] : [this.#key];
  }

  values(): Iterable<V> {
    if (this.#many !== undefined) return this.#many.values();
    return this.#value === undefined ? [] : [this.#value];
  }

  /** In the order in which they came. */
  [Symbol.iterator](): Iterator<[K, V]> {
    if (this.#many !== undefined) return this.#many[Symbol.iterator]();
    const entries: [K, V][] =
      this.#key === undefined || this.#value === undefined ? [] : [[this.#key, this.#value]];
    return entries[Symbol.iterator]();
  }
}
