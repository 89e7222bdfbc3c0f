/** Items of one slot that a connection may count as told of. More than twice the longest list, so that lists that alternate find theirs. */
export const TOLD_MAX = 256;
const PLACES_AT_FIRST = 64;
/** Spreads neighbouring indices (Knuth, multiplicative hashing). */
const SPREAD = 2_654_435_761;

/**
 * Which items of a slot the client was told of, and in which version: a table with open addressing, 8 bytes a place, 4 kB when it is
 * full. At most `TOLD_MAX` items; it is made empty as a whole, never item by item.
 */
export class ToldTiles {
  /** Item index + 1; 0: free. */
  #items = new Int32Array(PLACES_AT_FIRST);
  #versions = new Uint32Array(PLACES_AT_FIRST);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** True when the client holds this version of the item. */
  has(item: number, version: number): boolean {
    const place = this.#place(item);
    return this.#items[place] !== 0 && this.#versions[place] === version >>> 0;
  }

  /** True when the client holds some version of the item. */
  knows(item: number): boolean {
    return this.#items[this.#place(item)] !== 0;
  }

  put(item: number, version: number): void {
    let place = this.#place(item);
    if (this.#items[place] === 0) {
      if (2 * (this.#count + 1) > this.#items.length) {
        this.#grow();
        place = this.#place(item);
      }
      this.#count++;
    }
    this.#items[place] = item + 1;
    this.#versions[place] = version;
  }

  clear(): void {
    if (this.#count > 0) this.#items.fill(0);
    this.#count = 0;
  }

  /** Where the item stands, or would. */
  #place(item: number): number {
    const mask = this.#items.length - 1;
    let place = (Math.imul(item, SPREAD) >>> 16) & mask;
    while (this.#items[place] !== 0 && this.#items[place] !== item + 1) place = (place + 1) & mask;
    return place;
  }

  #grow(): void {
    const [items, versions] = [this.#items, this.#versions];
    this.#items = new Int32Array(2 * items.length);
    this.#versions = new Uint32Array(2 * items.length);
    for (let i = 0; i < items.length; i++) {
      if (items[i] === 0) continue;
      const place = this.#place(items[i] - 1);
      this.#items[place] = items[i];
      this.#versions[place] = versions[i];
    }
  }
}
