import { describe, expect, it } from 'vitest';
import { ItemsPages } from '../../../../../gateway/http/items/items-pages.js';
import type { HttpCall } from '../../../../../gateway/server/http-call.js';
import { UNDIVIDED } from '../../../../../metrics/process/bites.js';
import { Catalogue } from '../../../../../model/catalogue/catalogue.js';
import { openMemoryCatalogueStore } from '../../../../../shards/store/lmdb/lmdb-catalogue-store.js';

/** Seven cups and five plates; a page as its ids, and the total. */
async function shop() {
  const catalogue = await Catalogue.create({
    itemMax: 100,
    columnMax: 4,
    store: openMemoryCatalogueStore(),
    bites: UNDIVIDED,
  });
  await catalogue.upsert(
    Array.from({ length: 12 }, (_, i) => ({ id: `i${i}`, category: i < 7 ? 'cups' : 'plates' })),
  );
  const pages = new ItemsPages(catalogue, UNDIVIDED);
  const page = async (query: string) => {
    const reply = await pages.list({ query: new URLSearchParams(query) } as HttpCall);
    const { items, total, code } = JSON.parse(String(reply.body)) as {
      items?: { id: string }[];
      total?: number;
      code?: string;
    };
    return { ids: items?.map(({ id }) => id).join(' '), total, code };
  };
  return { catalogue, page };
}

describe('ItemsPages', () => {
  it('tells of a category how many items it has, and of all how many there are', async () => {
    const { catalogue, page } = await shop();
    expect(await page('category=plates&limit=2')).toMatchObject({ ids: 'i7 i8', total: 5 });
    expect(await page('category=nothing')).toMatchObject({ ids: '', total: 0 });
    expect(await page('limit=1')).toMatchObject({ ids: 'i0', total: 12 });
    await catalogue.removeAll(['i7', 'i0']);
    await catalogue.patch('i1', { category: 'plates' });
    expect(await page('category=plates&limit=1')).toMatchObject({ ids: 'i1', total: 5 });
    expect(await page('category=cups&limit=1')).toMatchObject({ ids: 'i2', total: 5 });
  });

  it('goes on after an item, also one that was removed meanwhile', async () => {
    const { catalogue, page } = await shop();
    expect(await page('limit=3&after=i4')).toMatchObject({ ids: 'i5 i6 i7', total: 12 });
    await catalogue.remove('i7');
    expect(await page('limit=3&after=i7&category=plates')).toMatchObject({ ids: 'i8 i9 i10', total: 4 });
    expect(await page('after=i11')).toMatchObject({ ids: '', total: 11 });
    expect(await page('after=nobody')).toMatchObject({ code: 'invalid_field' });
  });
});
