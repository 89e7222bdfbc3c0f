import { describe, expect, it } from 'vitest';
import { BULK_WAITING_MAX } from '../../../../../gateway/http/bodies/bulk-gate.js';
import {
  HttpItems,
  ITEMS_REFUSED_MAX,
  WRITES_WAITING_MAX,
} from '../../../../../gateway/http/items/http-items.js';
import { NAMES_MAX } from '../../../../../gateway/protocol/limits.js';
import type { HttpCall } from '../../../../../gateway/server/http-call.js';
import { UNDIVIDED } from '../../../../../metrics/process/bites.js';
import type { Catalogue } from '../../../../../model/catalogue/catalogue.js';
import { FilterCache } from '../../../../../model/catalogue/filter/filter-cache.js';
import { openMemoryCatalogueStore } from '../../../../../shards/store/lmdb/lmdb-catalogue-store.js';
import { sampleCatalogue } from '../../../../support/model/sample-catalogue.js';

/** A catalogue over HTTP whose disk takes nothing until `release` is called. */
async function heldItems() {
  const inner = openMemoryCatalogueStore();
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  const store = { ...inner, load: () => inner.load(), put: () => held };
  const catalogue = await sampleCatalogue({ store, itemMax: 100_000 });
  return { catalogue, items: itemsOf(catalogue), release };
}

function itemsOf(catalogue: Catalogue): HttpItems {
  return new HttpItems(catalogue, new FilterCache(catalogue), UNDIVIDED, { of: () => [] });
}

function callWith(body: string): HttpCall {
  return {
    method: 'PUT',
    path: '/v1/items',
    query: new URLSearchParams(),
    contentType: 'application/json',
    body: Buffer.from(body),
    traceparent: '',
    authorization: '',
    origin: '',
    certificate: '',
    startUs: 0,
  };
}

const statuses = async (replies: readonly Promise<{ status: number }>[]) =>
  (await Promise.all(replies)).map(({ status }) => status);

describe('HttpItems', () => {
  it('turns changes away when as many wait as may, and says when to come again', async () => {
    const { catalogue, items, release } = await heldItems();
    void catalogue.upsert([{ id: 'a' }]);
    const patches = Array.from({ length: WRITES_WAITING_MAX }, () =>
      items.patch(callWith('{"stock":1}'), 'a'),
    );
    const refused = await items.patch(callWith('{"stock":1}'), 'a');
    expect(refused).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    expect((await items.delete(callWith(''), 'a')).status).toBe(503);
    expect((await items.put(callWith('{"id":"a"}'))).status).toBe(503);
    release();
    expect(new Set(await statuses(patches))).toEqual(new Set([200]));
    expect((await items.put(callWith('{"id":"a"}'))).status).toBe(200);
  });

  it('takes named vectors, shows them to nobody, and names the one that is of another length', async () => {
    const catalogue = await sampleCatalogue();
    const items = itemsOf(catalogue);
    const lines = ['{"id":"a","vectors":{"image":[1,2]}}', '{"id":"b","vectors":{"image":[1]}}'];
    const put = await items.put(callWith(lines.join('\n')));
    expect([put.status, JSON.parse(String(put.body))]).toMatchObject([
      400,
      { created: 1, refused: 1, errors: [{ line: 2, id: 'b', code: 'wrong_vector_length' }] },
    ]);
    expect(JSON.parse(String(put.body)).errors[0].message).toMatch(/^vectors\.image: 1 number/);
    const patched = await items.patch(callWith('{"vectors":{"text":[7],"image":null}}'), 'a');
    expect(JSON.parse(String(patched.body))).toEqual({ id: 'a', createdMs: expect.any(Number) });
    expect(catalogue.item(0)?.vectors).toEqual({ text: [7] });
    const wrong = await items.patch(callWith('{"vectors":{"text":["7"]}}'), 'a');
    expect(JSON.parse(String(wrong.body)).detail).toContain('vectors.text.0');
  });

  it('reads no further when too many items of a body are refused, and says from where on', async () => {
    const items = itemsOf(await sampleCatalogue());
    const body = ['{"id":"a"}', ...Array<string>(ITEMS_REFUSED_MAX).fill('{}'), '{"id":"b"}', '{"id":"c"}'];
    const reply = await items.put(callWith(body.join('\n')));
    expect(JSON.parse(String(reply.body))).toMatchObject({
      code: 'items_refused',
      created: 1,
      refused: ITEMS_REFUSED_MAX,
      unreadFrom: ITEMS_REFUSED_MAX + 2,
    });
    expect(items.get(callWith(''), 'b').status).toBe(404);
  });

  it('takes large bodies one after the other, and turns away who finds too many waiting', async () => {
    const { items, release } = await heldItems();
    const large = callWith(
      JSON.stringify({ id: 'a', url: 'x'.repeat(2_000) })
        .concat('\n')
        .repeat(40),
    );
    const puts = Array.from({ length: BULK_WAITING_MAX + 1 }, () => items.put(large));
    expect((await items.put(large)).status).toBe(503);
    release();
    expect(new Set(await statuses(puts))).toEqual(new Set([200]));
    expect((await items.put(large)).status).toBe(200);
  });

  async function answered(body: string | Uint8Array) {
    const items = itemsOf(await sampleCatalogue({ itemMax: 1_000 }));
    const reply = await items.put({ ...callWith(''), body: Buffer.from(body as string) });
    return { status: reply.status, text: String(reply.body), json: JSON.parse(String(reply.body)) };
  }

  it.each([
    ['a broken byte before JSON', Buffer.from([0xff, 0x7b])],
    ['UTF-16', Buffer.from('{"id":"a"}', 'utf16le').fill(0xfe, 0, 1)],
    ['gzip', Buffer.from([0x1f, 0x8b, 0x08, 0x00, 0xff, 0xfe])],
    ['a broken byte on the second line', Buffer.concat([Buffer.from('{"id":"a"}\n{'), Buffer.from([0x80])])],
  ])('answers in valid Unicode whatever came in: %s', async (_what, body) => {
    const { status, text, json } = await answered(body);
    expect(status).toBe(400);
    expect(text).not.toMatch(/\\ud[89a-f]/i);
    expect(json.errors.at(-1).message).toBe('bytes that are not UTF-8');
  });

  it('takes one item over several lines, and says so where lines are none', async () => {
    const pretty = await answered(JSON.stringify({ id: 'mug-1', title: 'Mug' }, null, 2));
    expect(pretty).toMatchObject({ status: 200, json: { created: 1, refused: 0 } });
    const two = await answered('{\n"id":"a"}\n{"id":"b"}');
    expect(two.json.errors[0].message).toMatch(
      /^not JSON: .*; send one item a line, a list of items, or one item$/,
    );
  });

  it('names the fields that no item has', async () => {
    const body = '{"id":"mug-1","name":"Mug","Price":4.5}\n{"id":"mug-2","Price":4,"title":"M"}';
    expect((await answered(body)).json).toEqual({
      created: 2,
      updated: 0,
      refused: 0,
      ignored: ['name', 'Price'],
    });
    expect((await answered('{"id":"mug-1","title":"Mug"}')).json).not.toHaveProperty('ignored');
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`x${i}`.padEnd(200, 'y'), 1]));
    const { ignored } = (await answered(JSON.stringify({ id: 'a', ...many }))).json;
    expect(ignored).toHaveLength(20);
    expect(ignored[0]).toHaveLength(100);
    const items = itemsOf(await sampleCatalogue({ itemMax: 1_000 }));
    await items.put(callWith('{"id":"a","stock":3}'));
    const patched = await items.patch(callWith('{"stok":0,"id":"b"}'), 'a');
    expect(JSON.parse(String(patched.body))).toMatchObject({ id: 'a', stock: 3, ignored: ['stok', 'id'] });
  });

  it('says that an item is gone when another call removes it before its change is answered', async () => {
    const catalogue = await sampleCatalogue({ itemMax: 100 });
    const items = itemsOf(catalogue);
    await items.put(callWith('{"id":"a","stock":3}'));
    const patch = catalogue.patch.bind(catalogue);
    catalogue.patch = async (id, change) => {
      const outcome = await patch(id, change);
      await catalogue.remove(id);
      return outcome;
    };
    expect((await items.patch(callWith('{"stock":1}'), 'a')).status).toBe(404);
  });

  it('refuses a line with a key __proto__, and an id that no address can name', async () => {
    const items = itemsOf(await sampleCatalogue({ itemMax: 100 }));
    const lines = ['{"id":"a","__proto__":{"price":1}}', '{"id":"."}', '{"id":".."}', '{"id":"..."}'];
    const put = JSON.parse(String((await items.put(callWith(lines.join('\n')))).body)) as {
      created: number;
      errors: { line: number; message: string }[];
    };
    expect([put.created, put.errors.map(({ line }) => line)]).toEqual([1, [1, 2, 3]]);
    expect(put.errors[0].message).toBe('a key named __proto__');
    const patched = await items.patch(callWith('{"__proto__":{"price":1}}'), '...');
    expect([patched.status, JSON.parse(String(patched.body))]).toMatchObject([
      400,
      { detail: 'a key named __proto__' },
    ]);
  });

  it('finds an item whose id has a comma', async () => {
    const items = itemsOf(await sampleCatalogue({ itemMax: 100 }));
    await items.put(callWith('[{"id":"a,b"},{"id":"c"}]'));
    const listed = await items.list({ ...callWith(''), query: new URLSearchParams('ids=c&id=a%2Cb&id=x') });
    const { items: found } = JSON.parse(String(listed.body)) as { items: { id: string }[] };
    expect(found.map(({ id }) => id)).toEqual(['c', 'a,b']);
  });

  it('refuses an item of more keys than a message may have, unread, and takes the others', async () => {
    const catalogue = await sampleCatalogue({ itemMax: 100 });
    const keys = Object.fromEntries(Array.from({ length: NAMES_MAX + 1 }, (_, i) => [`key-${i}`, 1]));
    const lines = [{ id: 'much', ...keys }, { id: 'fine' }].map((item) => JSON.stringify(item));
    const reply = await itemsOf(catalogue).put(callWith(lines.join('\n')));
    expect(JSON.parse(String(reply.body))).toMatchObject({
      code: 'items_refused',
      errors: [{ line: 1, message: expect.stringContaining(`more than ${NAMES_MAX}`) }],
    });
    expect([catalogue.indexOf('much'), catalogue.indexOf('fine') >= 0]).toEqual([-1, true]);
  });
});
