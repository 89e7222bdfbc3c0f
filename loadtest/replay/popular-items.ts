/** Items in order of how often they were counted, kept in order with constant work per count. Ties stand in no particular order. */
export class PopularityOrder {
  readonly #order: string[] = [];
  readonly #counts: number[] = [];
  readonly #rankOf = new Map<string, number>();
  /** First rank of the items with a count. */
  readonly #firstRank = new Map<number, number>();

  get size(): number {
    return this.#order.length;
  }

  /** The item at a rank from 0. */
  at(rank: number): string {
    return this.#order[rank];
  }

  add(item: string): void {
    const rank = this.#rankOf.get(item) ?? this.#append(item);
    const count = this.#counts[rank];
    const first = this.#firstRank.get(count) ?? rank;
    this.#swap(rank, first);
    this.#counts[first] = count + 1;
    if (this.#counts[first + 1] === count) this.#firstRank.set(count, first + 1);
    else this.#firstRank.delete(count);
    if (!this.#firstRank.has(count + 1)) this.#firstRank.set(count + 1, first);
  }

  #append(item: string): number {
    const rank = this.#order.push(item) - 1;
    this.#counts.push(0);
    this.#rankOf.set(item, rank);
    return rank;
  }

  #swap(a: number, b: number): void {
    const [itemA, itemB] = [this.#order[a], this.#order[b]];
    this.#order[a] = itemB;
    this.#order[b] = itemA;
    this.#rankOf.set(itemB, a);
    this.#rankOf.set(itemA, b);
  }
}

/** How often each item came up, and when last: what "by count" means within a session or for one user. */
export class ItemCounts {
  readonly #seen = new Map<string, { count: number; last: number }>();
  #addCount = 0;

  get size(): number {
    return this.#seen.size;
  }

  has(item: string): boolean {
    return this.#seen.has(item);
  }

  add(item: string): void {
    const entry = this.#seen.get(item);
    if (entry === undefined) this.#seen.set(item, { count: 1, last: this.#addCount++ });
    else {
      entry.count++;
      entry.last = this.#addCount++;
    }
  }

  /** How many items come before `item`: more often, or as often and later. Only for an item that `has` is true of. */
  rank(item: string): number {
    const own = this.#seen.get(item) ?? { count: 0, last: -1 };
    let before = 0;
    for (const other of this.#seen.values()) {
      if (other.count > own.count || (other.count === own.count && other.last > own.last)) before++;
    }
    return before;
  }
}
