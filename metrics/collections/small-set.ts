/**
 * A set of which most have one member or none, such as the connections of one user: 40 bytes where a `Set` takes 152 even when it is
 * empty. The second member makes a `Set` of it, which stays until `clear`. Order and iteration are those of a `Set`.
 */
export class SmallSet<T extends object | string> {
  #one: T | undefined;
  /** All members, once there have been two. */
  #many: Set<T> | undefined;

  get size(): number {
    if (this.#many !== undefined) return this.#many.size;
    return this.#one === undefined ? 0 : 1;
  }

  has(member: T): boolean {
    return this.#many === undefined ? this.#one === member : this.#many.has(member);
  }

  add(member: T): void {
    if (this.#many === undefined && this.#one !== undefined && this.#one !== member) {
      this.#many = new Set([this.#one]);
      this.#one = undefined;
    }
    if (this.#many !== undefined) this.#many.add(member);
    else this.#one = member;
  }

  /** True when it was there. */
  delete(member: T): boolean {
    if (this.#many !== undefined) return this.#many.delete(member);
    if (this.#one !== member) return false;
    this.#one = undefined;
    return true;
  }

  clear(): void {
    this.#one = undefined;
    // Whoever is going through it finds nothing more.
    this.#many?.clear();
    this.#many = undefined;
  }

  /** In the order in which they came. */
  [Symbol.iterator](): Iterator<T> {
    if (this.#many !== undefined) return this.#many[Symbol.iterator]();
    const members = this.#one === undefined ? [] : [this.#one];
    return members[Symbol.iterator]();
  }
}
