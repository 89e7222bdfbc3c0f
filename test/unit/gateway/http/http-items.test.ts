import { describe, expect, it } from 'vitest';
import { BULK_WAITING_MAX } from '../../../../gateway/http/bulk-gate.js';
import { HttpItems, WRITES_WAITING_MAX } from '../../../../gateway/http/http-items.js';
import type { HttpCall } from '../../../../gateway/server/http-call.js';
import { UNDIVIDED } from '../../../../metrics/process/bites.js';
import { openMemoryCatalogueStore } from '../../../../shards/store/lmdb/lmdb-catalogue-store.js';
import { sampleCatalogue } from '../../../support/model/sample-catalogue.js';

/** A catalogue over HTTP whose disk takes nothing until `release` is called. */
async function heldItems() {
  const inner = openMemoryCatalogueStore();
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  const store = { ...inner, load: () => inner.load(), put: () => held };
  const catalogue = await sampleCatalogue({ store, itemMax: 100_000 });
  return { catalogue, items: new HttpItems(catalogue, UNDIVIDED), release };
}

function callWith(body: string): HttpCall {
  return {
    method: 'PUT',
    path: '/v1/items',
    query: new URLSearchParams(),
    contentType: 'application/json',
    body: Buffer.from(body),
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
});
