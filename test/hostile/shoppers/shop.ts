import { callJson } from '../../support/gateway/http-json.js';

const PAGE_ITEMS = 200;
/** Items that are sold out for the whole run: no list may hold them. Every so many-th of the catalogue. */
const SOLD_OUT_EVERY = 70;

/** What honest shoppers know of the shop; nothing of it changes while they shop. */
export interface Shop {
  readonly ids: readonly string[];
  readonly categoryOf: ReadonlyMap<string, string>;
  readonly soldOut: ReadonlySet<string>;
  /** Categories with items enough for a row. */
  readonly categories: readonly string[];
}

/** Whether a list may name the item: one of the shop's, or one that the hostile client put there. */
export function isKnown(shop: Shop, id: string): boolean {
  return shop.categoryOf.has(id) || id.startsWith('hostile-');
}

/** Reads the catalogue, and sells some items out for good. */
export async function openShop(url: string): Promise<Shop> {
  const categoryOf = new Map<string, string>();
  for (let offset = 0; ; offset += PAGE_ITEMS) {
    const page = await callJson(url, 'GET', `/v1/items?limit=${PAGE_ITEMS}&offset=${offset}`);
    const items = page.body['items'] as { id: string; category?: string }[];
    for (const { id, category } of items) categoryOf.set(id, category ?? '');
    if (items.length < PAGE_ITEMS) break;
  }
  const ids = [...categoryOf.keys()];
  const soldOut = ids.filter((_, i) => i % SOLD_OUT_EVERY === 0);
  for (const id of soldOut) await callJson(url, 'PATCH', `/v1/items/${encodeURIComponent(id)}`, { stock: 0 });
  return { ids, categoryOf, soldOut: new Set(soldOut), categories: largeCategories(categoryOf) };
}

function largeCategories(categoryOf: ReadonlyMap<string, string>): string[] {
  const sizes = new Map<string, number>();
  for (const category of categoryOf.values()) sizes.set(category, (sizes.get(category) ?? 0) + 1);
  return [...sizes].filter(([name, size]) => name !== '' && size >= 50).map(([name]) => name);
}
