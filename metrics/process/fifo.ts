/** A ring larger than this is given back when the queue runs empty. */
const KEPT_RING = 1_024;

/**
 * A queue in the order of arrival: a ring that doubles when it is full, so that nothing is moved when the first one leaves.
 * It has no bound of its own; whoever adds to it keeps one.
 */
export class Fifo<T> {
  #ring: (T | undefined)[] = [];
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(value: T): void {
    if (this.#length === this.#ring.length) this.#grow();
    this.#ring[(this.#head + this.#length) & (this.#ring.length - 1)] = value;
    this.#length++;
  }

  /** The first one, which stays. */
  peek(): T | undefined {
    return this.#length === 0 ? undefined : this.#ring[this.#head];
  }

  /** Takes the first one out; undefined when there is none. */
  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const value = this.#ring[this.#head];
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#ring.length - 1);
    this.#length--;
    if (this.#length === 0 && this.#ring.length > KEPT_RING) this.clear();
    return value;
  }

  clear(): void {
    this.#ring = [];
    this.#head = 0;
    this.#length = 0;
  }

  /** First to last; the queue is not to be changed meanwhile. */
  *[Symbol.iterator](): Generator<T> {
    for (let i = 0; i < this.#length; i++) yield this.#ring[(this.#head + i) & (this.#ring.length - 1)] as T;
  }

  #grow(): void {
    const ring = this.#ring;
    const size = Math.max(4, 2 * ring.length);
    this.#ring = Array.from({ length: size }, (_, i) =>
      i < this.#length ? ring[(this.#head + i) & (ring.length - 1)] : undefined,
    );
    this.#head = 0;
  }
}
