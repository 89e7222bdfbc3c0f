/** Items that hold a term, ascending by index, with the term's weight in each. */
export class PostingList {
  #items = new Int32Array(4);
  #weights = new Uint8Array(4);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Item at a position below `length`. */
  item(position: number): number {
    return this.#items[position];
  }

  /** Weight at a position, 1..255. */
  weight(position: number): number {
    return this.#weights[position];
  }

  /** Position of an item; −1 when it is not in the list. */
  find(item: number): number {
    const position = this.#lowerBound(item);
    return position < this.#length && this.#items[position] === item ? position : -1;
  }

  /** Adds an item that is not in the list. Cheapest at the end, where new items go. */
  add(item: number, weight: number): void {
    if (this.#length === this.#items.length) this.#grow();
    const position = this.#lowerBound(item);
    this.#items.copyWithin(position + 1, position, this.#length);
    this.#weights.copyWithin(position + 1, position, this.#length);
    this.#items[position] = item;
    this.#weights[position] = Math.min(weight, 255);
    this.#length++;
  }

  remove(item: number): void {
    const position = this.find(item);
    if (position < 0) return;
    this.#items.copyWithin(position, position + 1, this.#length);
    this.#weights.copyWithin(position, position + 1, this.#length);
    this.#length--;
  }

  #lowerBound(item: number): number {
    let low = 0;
    let high = this.#length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#items[middle] < item) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #grow(): void {
    const items = new Int32Array(2 * this.#items.length);
    const weights = new Uint8Array(items.length);
    items.set(this.#items);
    weights.set(this.#weights);
    this.#items = items;
    this.#weights = weights;
  }
}
