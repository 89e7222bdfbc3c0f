/**
 * Values that were written but are not yet visible in the database, by key; `undefined` stands for a removal.
 * Each carries the ticket of the commit it belongs to. Tickets never go down, so entries lie in the order of their
 * tickets and settling costs only what it removes.
 */
export class Overlay<K, V> {
  readonly #pending = new Map<K, { readonly value: V | undefined; readonly ticket: number }>();

  get size(): number {
    return this.#pending.size;
  }

  /** Replaces what the key had; `ticket` is at least that of every earlier call. */
  set(key: K, value: V | undefined, ticket: number): void {
    this.#pending.delete(key);
    this.#pending.set(key, { value, ticket });
  }

  has(key: K): boolean {
    return this.#pending.has(key);
  }

  /** The pending value; undefined when it is pending removal or not pending at all (ask `has`). */
  get(key: K): V | undefined {
    return this.#pending.get(key)?.value;
  }

  /** Forgets everything up to and including `ticket`: it is in the database now. */
  settle(ticket: number): void {
    for (const [key, entry] of this.#pending) {
      if (entry.ticket > ticket) return;
      this.#pending.delete(key);
    }
  }

  /** A copy of what is pending now, removals included. */
  snapshot(): Map<K, V | undefined> {
    const copy = new Map<K, V | undefined>();
    for (const [key, entry] of this.#pending) copy.set(key, entry.value);
    return copy;
  }
}
