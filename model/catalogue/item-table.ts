import type { Item } from './shared-catalogue.js';

/** Ids, permanent indices and items; an index belongs to its id for ever, also while the item is removed. */
export class ItemTable {
  readonly #ids: string[] = [];
  readonly #items: (Item | undefined)[] = [];
  readonly #live = new Map<string, number>();
  readonly #removed = new Map<string, number>();

  /** Items that are not removed. */
  get size(): number {
    return this.#live.size;
  }

  get indexCount(): number {
    return this.#ids.length;
  }

  /** −1 for an unknown or removed item. */
  indexOf(id: string): number {
    return this.#live.get(id) ?? -1;
  }

  /** The index that belongs to the id, removed or not; −1 for an id never seen. */
  reservedIndexOf(id: string): number {
    return this.#live.get(id) ?? this.#removed.get(id) ?? -1;
  }

  idOf(index: number): string {
    return this.#ids[index];
  }

  item(index: number): Item | undefined {
    return this.#items[index];
  }

  indices(): Iterable<number> {
    return this.#live.values();
  }

  put(index: number, item: Item): void {
    this.#ids[index] = item.id;
    this.#items[index] = item;
    this.#removed.delete(item.id);
    this.#live.set(item.id, index);
  }

  remove(index: number, id: string): void {
    this.#ids[index] = id;
    this.#items[index] = undefined;
    this.#live.delete(id);
    this.#removed.set(id, index);
  }
}
