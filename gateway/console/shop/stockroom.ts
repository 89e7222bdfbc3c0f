import type { ShopItem } from './shop-item.js';

/** What `GET /v1/items` answers; `total` counts the whole catalogue. */
interface Page {
  readonly items: readonly ShopItem[];
  readonly total: number;
}

const NOTHING: Page = { items: [], total: 0 };
const IDS_PER_REQUEST = 100;
/** Items of one page, and pages read to learn the categories. */
const PAGE = 100;
const PAGES_READ = 8;

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

  /** Some items of a category. Empty when the gateway does not answer. */
  async inCategory(category: string, limit: number): Promise<readonly ShopItem[]> {
    return (await this.#read(`limit=${limit}&category=${encodeURIComponent(category)}`)).items;
  }

  /** The largest categories but the odds and ends, judged by pages spread over the catalogue, largest first. Empty when the gateway does not answer. */
  async largestCategories(countMax: number): Promise<readonly string[]> {
    const first = await this.#read(`limit=${PAGE}`);
    const stride = Math.max(PAGE, Math.floor(first.total / PAGES_READ));
    const offsets = Array.from({ length: PAGES_READ - 1 }, (_, i) => (i + 1) * stride).filter(
      (at) => at < first.total,
    );
    const others = await Promise.all(offsets.map((offset) => this.#read(`limit=${PAGE}&offset=${offset}`)));
    const counts = new Map<string, number>();
    for (const { category } of [first, ...others].flatMap(({ items }) => items)) {
      if (category && !/^other/i.test(category)) counts.set(category, (counts.get(category) ?? 0) + 1);
    }
    return [...counts.keys()].sort((a, b) => counts.get(b)! - counts.get(a)!).slice(0, countMax);
  }

  async #read(query: string): Promise<Page> {
    try {
      const response = await fetch(`/v1/items?${query}`);
      if (!response.ok) return NOTHING;
      const page = (await response.json()) as Page;
      for (const item of page.items) this.#items.set(item.id, item);
      return page;
    } catch {
      return NOTHING;
    }
  }
}
