import { NEW_ITEMS_MAX, type SharedVectors } from '../kernel/shared-vectors.js';

/** The items placed by their content that came last, in shared memory; the writer's side, on the gateway thread. */
export class NewItemRing {
  readonly #ring: Int32Array;
  readonly #noted = new Set<number>();

  constructor(shared: SharedVectors) {
    this.#ring = new Int32Array(shared.newItems);
  }

  /** Items in the ring. */
  get items(): Iterable<number> {
    return this.#noted;
  }

  /** Notes an item unless it is there already; the oldest makes room. */
  note(item: number): void {
    if (this.#noted.has(item)) return;
    const count = this.#ring[0];
    const place = 1 + (count % NEW_ITEMS_MAX);
    if (count >= NEW_ITEMS_MAX) this.#noted.delete(this.#ring[place]);
    this.#ring[place] = item;
    this.#noted.add(item);
    // The count says where the next one goes, and whether the ring is full: it never grows beyond what that takes.
    Atomics.store(this.#ring, 0, count + 1 < 2 * NEW_ITEMS_MAX ? count + 1 : NEW_ITEMS_MAX);
  }
}
