import type { ShopItem } from './shop-item.js';

const IDS_PER_REQUEST = 100;

/** The items this page has seen, read from the gateway's catalogue. */
export class Stockroom {
  readonly #items = new Map<string, ShopItem>();

  /** The item, or one that has nothing but its id when the catalogue was not asked or did not know it. */
  get(id: string): ShopItem {
    return this.#items.get(id) ?? { id };
  }

  /** Reads the items of `ids` that are not here yet. What cannot be had is left out; the next call asks again. */
  async load(ids: Iterable<string>): Promise<void> {
    const missing = [...new Set(ids)].filter((id) => !this.#items.has(id));
    const requests: Promise<unknown>[] = [];
    for (let i = 0; i < missing.length; i += IDS_PER_REQUEST) {
      const some = missing.slice(i, i + IDS_PER_REQUEST);
      requests.push(this.#read(`ids=${some.map(encodeURIComponent).join(',')}`));
    }
    await Promise.all(requests);
  }

  /** Some items of the catalogue, of one category when it is named. Empty when the gateway does not answer. */
  async some(limit: number, category?: string): Promise<readonly ShopItem[]> {
    const filter = category === undefined ? '' : `&category=${encodeURIComponent(category)}`;
    return this.#read(`limit=${limit}${filter}`);
  }

  async #read(query: string): Promise<readonly ShopItem[]> {
    try {
      const response = await fetch(`/v1/items?${query}`);
      if (!response.ok) return [];
      const { items } = (await response.json()) as { items: readonly ShopItem[] };
      for (const item of items) this.#items.set(item.id, item);
      return items;
    } catch {
      return [];
    }
  }
}
