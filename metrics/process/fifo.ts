/** A ring larger than this is given back when the queue runs empty. */
const KEPT_RING = 1_024;
const FIRST_RING = 4;
/** Nothing is written into it: the first push behind the first makes another one. */
const NO_RING: never[] = [];

/**
 * A queue in the order of arrival, of which most hold one at a time: the first lies in it, those behind it in a ring that is made for the
 * second and doubles when it is full, so that nothing is moved when the first one leaves.
 * It has no bound of its own; whoever adds to it keeps one.
 */
export class Fifo<T> {
  #first: T | undefined;
  /** Those behind the first, from `#head` on. */
  #ring: (T | undefined)[] = NO_RING;
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(value: T): void {
    if (this.#length === 0) this.#first = value;
    else this.#pushBehind(value);
    this.#length++;
  }

  /** The first one, which stays. */
  peek(): T | undefined {
    return this.#first;
  }

  /** Takes the first one out; undefined when there is none. */
  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const value = this.#first;
    this.#first = undefined;
    this.#length--;
    if (this.#length > 0) this.#moveUp();
    else if (this.#ring.length > KEPT_RING) this.clear();
    return value;
  }

  clear(): void {
    this.#first = undefined;
    this.#ring = NO_RING;
    this.#head = 0;
    this.#length = 0;
  }

  /** First to last; the queue is not to be changed meanwhile. */
  *[Symbol.iterator](): Generator<T> {
    if (this.#length > 0) yield this.#first as T;
    for (let i = 0; i < this.#length - 1; i++) yield this.#behind(i) as T;
  }

  #pushBehind(value: T): void {
    const behind = this.#length - 1;
    if (behind === this.#ring.length) this.#grow();
    this.#ring[(this.#head + behind) & (this.#ring.length - 1)] = value;
  }

  #moveUp(): void {
    const ring = this.#ring;
    this.#first = ring[this.#head];
    ring[this.#head] = undefined;
    this.#head = (this.#head + 1) & (ring.length - 1);
  }

  #behind(i: number): T | undefined {
    return this.#ring[(this.#head + i) & (this.#ring.length - 1)];
  }

  #grow(): void {
    const count = this.#ring.length;
    this.#ring = Array.from({ length: Math.max(FIRST_RING, 2 * count) }, (_, i) =>
      i < count ? this.#behind(i) : undefined,
    );
    this.#head = 0;
  }
}
