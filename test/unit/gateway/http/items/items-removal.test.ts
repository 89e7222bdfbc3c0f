import { describe, expect, it } from 'vitest';
import { ItemsRemoval, LINES_REFUSED_MAX } from '../../../../../gateway/http/items/items-removal.js';
import { ENTRIES_MAX } from '../../../../../gateway/protocol/limits.js';
import { UNDIVIDED, type Bites } from '../../../../../metrics/process/bites.js';
import { FilterCache } from '../../../../../model/catalogue/filter/filter-cache.js';
import { sampleCatalogue } from '../../../../support/model/sample-catalogue.js';

/** 300 items `i0` …, every third a cup, the others plates; what a removal answers, and what is left. */
async function shop(bites: Pick<Bites, 'isOver' | 'rest'> = UNDIVIDED) {
  const catalogue = await sampleCatalogue({ itemMax: 1_000 });
  await catalogue.upsert(
    Array.from({ length: 300 }, (_, i) => ({
      id: `i${i}`,
      category: i % 3 === 0 ? 'cups' : 'plates',
      price: i,
    })),
  );
  const removal = new ItemsRemoval(catalogue, new FilterCache(catalogue), bites);
  const before = catalogue.size;
  return {
    catalogue,
    removedCount: () => before - catalogue.size,
    remove: async (body: string) => {
      const { status, body: answer } = await removal.remove(Buffer.from(body));
      return { status, ...(JSON.parse(String(answer)) as object) };
    },
  };
}

describe('ItemsRemoval', () => {
  it('rests between lines, and between items that a filter looks at', async () => {
    let rests = 0;
    const { remove } = await shop({ isOver: true, rest: () => Promise.resolve(void rests++) });
    const lines = Array.from({ length: 50 }, (_, i) => `"i${i}"`);
    expect(await remove(lines.join('\n'))).toMatchObject({ removed: 50 });
    // What a body begins with is looked at first, which may rest once.
    expect(rests).toBeGreaterThanOrEqual(lines.length);
    rests = 0;
    expect(await remove('{"filter":{"category":"cups"}}')).toMatchObject({ removed: 83 });
    expect(rests).toBeGreaterThanOrEqual(250);
  });

  it('removes items by lines of ids, and names those that are in no catalogue', async () => {
    const { remove, removedCount, catalogue } = await shop();
    const lines = Array.from({ length: 200 }, (_, i) => (i % 2 === 0 ? `"i${i}"` : `{"id":"i${i}"}`));
    expect(await remove([...lines, '"nobody"'].join('\n'))).toEqual({
      status: 200,
      removed: 200,
      unknown: 1,
      refused: 0,
      unknownIds: ['nobody'],
    });
    expect([removedCount(), catalogue.indexOf('i199'), catalogue.indexOf('i200')]).toEqual([200, -1, 200]);
    expect(await remove('["i200", {"id": "i201"}]')).toMatchObject({ status: 200, removed: 2 });
  });

  it('removes what a filter lets through', async () => {
    const { remove, removedCount, catalogue } = await shop();
    const answer = await remove('{"filter":{"category":"cups","price":{"lt":150}}}');
    expect(answer).toMatchObject({ status: 200, removed: 50 });
    expect([removedCount(), catalogue.indexOf('i147'), catalogue.indexOf('i150')]).toEqual([50, -1, 150]);
  });

  it('removes nothing for a body that says nothing, or everything', async () => {
    const { remove, removedCount } = await shop();
    expect(await remove('')).toMatchObject({ status: 400, code: 'malformed' });
    expect(await remove('{"filter":{}}')).toMatchObject({ status: 400, code: 'invalid_field' });
    expect(await remove('{"filter":{"price":{}}}')).toMatchObject({ status: 400, code: 'invalid_field' });
    expect(await remove('{"filter":{"price":"lt 3"}}\n"i1"')).toMatchObject({ code: 'malformed' });
    expect(await remove('{"filter":{"price":{"less":3}}}')).toMatchObject({ code: 'invalid_field' });
    expect(await remove('["i1", "i2"')).toMatchObject({ code: 'malformed' });
    expect(removedCount()).toBe(0);
  });

  it('takes sound lines, names the others, and reads no further when these are too many', async () => {
    const { remove, removedCount } = await shop();
    expect(await remove('"i1"\n17\n{"sku":"i2"}\n"i3"')).toMatchObject({
      status: 400,
      code: 'items_refused',
      removed: 2,
      refused: 2,
      errors: [{ line: 2 }, { line: 3 }],
    });
    const body = [...Array<string>(LINES_REFUSED_MAX).fill('0'), '"i4"'].join('\n');
    expect(await remove(body)).toMatchObject({ removed: 0, refused: LINES_REFUSED_MAX });
    expect(removedCount()).toBe(2);
  });

  it('reads no member of more keys than a message may have', async () => {
    const { remove, removedCount } = await shop();
    const keys = Object.fromEntries(Array.from({ length: ENTRIES_MAX }, (_, i) => [`key-${i}`, 1]));
    const body = JSON.stringify(['i1', { id: 'i2', ...keys }]);
    expect(await remove(body)).toMatchObject({ status: 400 });
    expect(removedCount()).toBe(1);
  });
});
