import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGatewayHarness, type GatewayHarness } from '../support/gateway/gateway-harness.js';
import { WsClient } from '../support/gateway/ws-client.js';

let harness: GatewayHarness;

beforeAll(async () => {
  const consoleFolder = mkdtempSync(join(tmpdir(), 'console-'));
  writeFileSync(join(consoleFolder, 'index.html'), '<!doctype html>shop');
  writeFileSync(join(consoleFolder, 'main.js'), 'shop()');
  writeFileSync(join(consoleFolder, 'secret.txt'), 'secret');
  harness = await startGatewayHarness({}, { consoleFolder });
});
afterAll(() => harness.stop());

/** What some route's JSON holds; a test says which. */
interface AnswerBody {
  readonly ids: readonly string[];
  readonly items: readonly { readonly id: string }[];
  readonly errors: readonly { readonly line: number }[];
  readonly results: readonly object[];
  readonly allow: readonly string[];
}

interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly headers: Headers;
  readonly text: string;
  readonly body: AnswerBody;
}

async function call(
  method: string,
  path: string,
  body?: unknown,
  type = 'application/json',
): Promise<Answer> {
  const sent = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
  const looks = method === 'GET' || method === 'HEAD';
  const headers: Record<string, string> = looks ? {} : { 'content-type': type };
  const response = await fetch(harness.url + path, { method, body: sent, headers });
  const text = await response.text();
  const contentType = response.headers.get('content-type');
  const isJson = contentType?.includes('json') === true && text !== '';
  const parsed = (isJson ? JSON.parse(text) : {}) as AnswerBody;
  return { status: response.status, type: contentType, headers: response.headers, text, body: parsed };
}

function expectProblem(answer: Answer, status: number, code: string): void {
  expect(answer.type).toBe('application/problem+json');
  expect(answer.body).toMatchObject({
    type: 'about:blank',
    status,
    code,
    title: expect.any(String),
    detail: expect.any(String),
  });
  expect(answer.status).toBe(status);
}

const ndjson = (...lines: unknown[]): string =>
  lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');

describe('operations', () => {
  test('health, readiness, metrics, model', async () => {
    expect(await call('GET', '/healthz')).toMatchObject({ status: 200, body: { status: 'ok' } });
    expect(await call('GET', '/readyz')).toMatchObject({ status: 200, body: { status: 'ready' } });
    expect((await call('GET', '/metrics')).text).toMatch(/^# TYPE afterclick_connections gauge/m);
    expect((await call('GET', '/v1/model')).body).toMatchObject({
      model: 'fake@1',
      items: expect.any(Number),
    });
  });

  test('HEAD answers as GET without a body', async () => {
    expect(await call('HEAD', '/healthz')).toMatchObject({ status: 200, text: '' });
    expect(await call('HEAD', '/nothing')).toMatchObject({ status: 404 });
  });

  test('snapshots', async () => {
    expect((await call('POST', '/v1/snapshots')).body).toMatchObject({ shards: [{ shard: 0 }] });
    expect((await call('GET', '/v1/snapshots')).body).toEqual({ snapshots: [] });
  });

  test('files of the console, and no others', async () => {
    expect(await call('GET', '/')).toMatchObject({
      status: 200,
      type: 'text/html; charset=utf-8',
      text: '<!doctype html>shop',
    });
    expect(await call('GET', '/main.js')).toMatchObject({
      status: 200,
      type: 'text/javascript; charset=utf-8',
    });
    for (const path of ['/secret.txt', '/../package.json', '/%2e%2e/package.json'])
      expect((await call('GET', path)).status).toBe(404);
  });
});

describe('problems', () => {
  test.each([
    ['GET', '/nothing', 404, 'not_found'],
    ['GET', '/v1/items/', 404, 'not_found'],
    ['GET', '/v1/items/%', 400, 'invalid_field'],
    ['GET', '/v1/items/%ED%A0%80', 400, 'invalid_field'],
    ['DELETE', '/v1/items/caf%E9', 400, 'invalid_field'],
    ['GET', '/v1/items?ids=caf%E9', 400, 'invalid_field'],
    ['GET', '/v1/items?category=%ED%A0%80', 400, 'invalid_field'],
    ['GET', '/constructor', 404, 'not_found'],
    ['GET', '/v1/recommend', 405, 'method_not_allowed'],
    ['DELETE', '/v1/items', 400, 'malformed'],
    ['GET', '/v1/ws', 426, 'upgrade_required'],
    ['GET', '/v1/items/none', 404, 'unknown_item'],
  ])('%s %s is %d %s', async (method, path, status, code) => {
    const answer = await call(method, path);
    expectProblem(answer, status, code);
    if (status === 405) expect(answer.headers.get('allow')).toBe(answer.body.allow.join(', '));
  });

  test.each(['/v1/recommend', '/v1/rank', '/v1/events'])('%s refuses what is not JSON', async (path) => {
    expectProblem(await call('POST', path, '{'), 400, 'malformed');
    expectProblem(await call('POST', path, ''), 400, 'malformed');
    expectProblem(await call('POST', path, '{"__proto__":{"a":1}}'), 400, 'malformed');
    expectProblem(await call('POST', path, '['.repeat(10_000)), 400, 'malformed');
    expectProblem(await call('POST', path, '<a/>', 'application/xml'), 415, 'unsupported_media_type');
  });

  test('a body over the limit is 413', async () => {
    expectProblem(await call('POST', '/v1/events', 'x'.repeat(1024 * 1024 + 1)), 413, 'too_large');
    expectProblem(await call('PUT', '/v1/items', 'x'.repeat(8 * 1024 * 1024 + 1)), 413, 'too_large');
    expect((await call('GET', '/healthz')).status).toBe(200);
  });

  test('a body that never ends is cut off', async () => {
    const zeros = new Uint8Array(1024 * 1024);
    // A turn of the event loop between two chunks: a stream that fills itself at once would starve the server beside it.
    const endless = new ReadableStream({
      pull: (controller) =>
        new Promise<void>((next) => {
          setImmediate(() => {
            controller.enqueue(zeros);
            next();
          });
        }),
    });
    const sent = fetch(`${harness.url}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: endless,
      duplex: 'half',
    } as RequestInit);
    const status = await sent.then(
      (response) => response.status,
      () => 'cut',
    );
    expect([413, 'cut']).toContain(status);
    expect((await call('GET', '/healthz')).status).toBe(200);
  });

  test('a list of 100,000 candidates is too many', async () => {
    const candidates = Array.from({ length: 100_000 }, (_, i) => `${i}`);
    expectProblem(await call('POST', '/v1/rank', { user: 'u', candidates }), 400, 'too_many');
  });
});

describe('recommend and rank', () => {
  test('answer as on a socket', async () => {
    const list = await call('POST', '/v1/recommend', { user: 'u', slot: 'home', k: 10 });
    expect(list).toMatchObject({ status: 200, body: { slot: 'home', degraded: false, model: 'fake@1' } });
    expect(list.body.ids).toHaveLength(10);
    const ranked = await call('POST', '/v1/rank', {
      user: 'u',
      candidates: ['none', 'item-2', 'item-1', 'item-2'],
      k: 3,
      tmaxMs: 1_000,
    });
    expect(ranked.body).toMatchObject({ ids: ['item-1', 'item-2', 'none'], unknown: ['none'] });
  });

  test.each([
    ['/v1/recommend', {}],
    ['/v1/recommend', { user: [5] }],
    ['/v1/recommend', { user: 'u', k: 0 }],
    ['/v1/recommend', { user: 'u', filter: { price: { near: 1 } } }],
    ['/v1/rank', { user: 'u' }],
    ['/v1/rank', { user: 'u', candidates: 'item-1' }],
    ['/v1/rank', []],
  ])('%s %j is invalid', async (path, body) => {
    expectProblem(await call('POST', path, body), 400, 'invalid_field');
  });

  test('a client that goes away before the answer disturbs nobody', async () => {
    harness.pool.holdsRanks = true;
    const aborted = new AbortController();
    const gone = fetch(`${harness.url}/v1/recommend`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"user":"u"}',
      signal: aborted.signal,
    }).catch((error: Error) => error.name);
    await call('GET', '/healthz');
    aborted.abort();
    expect(await gone).toBe('AbortError');
    await call('GET', '/healthz');
    harness.pool.releaseRanks();
    expect((await call('GET', '/healthz')).status).toBe(200);
  });
});

describe('events', () => {
  const event = { user: 'h', id: 'e-1', e: 'view_item', item: 'item-1' };

  test('[D2] are applied once by id', async () => {
    expect((await call('POST', '/v1/events', event)).body).toEqual({
      results: [{ index: 0, id: 'e-1', status: 'applied' }],
    });
    expect((await call('POST', '/v1/events', event)).body).toEqual({
      results: [{ index: 0, id: 'e-1', status: 'duplicate' }],
    });
  });

  test('are answered one by one, as a list and as NDJSON', async () => {
    const wrong = [
      { ...event, id: 'e-2', item: 'none' },
      { ...event, id: undefined },
      { ...event, id: 'e-3', user: undefined },
      { ...event, id: 'e-4', ts: 1 },
      5,
    ];
    const results = [
      { index: 0, id: 'e-5', status: 'applied' },
      { index: 1, id: 'e-2', status: 'error', error: { code: 'unknown_item' } },
      { index: 2, status: 'error', error: { code: 'invalid_field' } },
      { index: 3, id: 'e-3', status: 'error', error: { code: 'invalid_field' } },
      { index: 4, id: 'e-4', status: 'error', error: { code: 'ts_out_of_range' } },
      { index: 5, status: 'error', error: { code: 'malformed' } },
    ];
    expect(await call('POST', '/v1/events', [{ ...event, id: 'e-5' }, ...wrong])).toMatchObject({
      status: 200,
      body: { results },
    });
    const lines = ndjson({ ...event, id: 'e-6' }, ...wrong.slice(0, 4), '{"broken');
    const answer = await call('POST', '/v1/events', lines, 'application/x-ndjson');
    expect(answer).toMatchObject({
      status: 200,
      body: { results: [{ ...results[0], id: 'e-6' }, ...results.slice(1)] },
    });
  });

  test('are a problem when none was taken', async () => {
    const answer = await call('POST', '/v1/events', [{ user: 'h', e: 'view_item' }]);
    expectProblem(answer, 400, 'events_refused');
    expect(answer.body.results).toHaveLength(1);
    expect((await call('POST', '/v1/events', [])).body).toEqual({ results: [] });
  });

  test('are 503 when the queue is full', async () => {
    harness.pool.takesEvents = false;
    const answer = await call('POST', '/v1/events', [{ ...event, id: 'e-9' }]);
    harness.pool.takesEvents = true;
    expectProblem(answer, 503, 'overloaded');
    expect(answer.headers.get('retry-after')).toBe('1');
  });

  test('[R1] reach the sockets of the user', async () => {
    const client = await WsClient.hello(harness.url, { user: 'both' });
    const from = client.inbox.length;
    await call('POST', '/v1/events', { user: 'both', id: 'x', e: 'view_item', item: 'item-140' });
    await client.next('recs', ({ ids, cause }) => ids.includes('item-140') && cause === 0, from);
    client.drop();
  });
});

describe('items', () => {
  test('[R4] many changes at once make new lists once, not once each', async () => {
    const { pool } = harness;
    const before = pool.log.length;
    const ids = Array.from({ length: 30 }, (_, i) => `burst-${i}`);
    await Promise.all(ids.map((id) => call('PUT', '/v1/items', JSON.stringify({ id, title: id }))));
    const changes = () => pool.log.slice(before).filter((line) => line.startsWith('changed')).length;
    await expect.poll(changes, { timeout: 2_000 }).toBeGreaterThan(0);
    expect(changes()).toBeLessThan(10);
  });

  test('[R4] a change of stock says nothing to the shards until the item is gone or back', async () => {
    const { catalogue, pool } = harness;
    await call('PUT', '/v1/items', ndjson({ id: 'kept', stock: 9 }, { id: 'gone', stock: 9 }));
    const told = () => pool.log.filter((line) => line.startsWith('changed')).join();
    const named = (id: string) => new RegExp(`\\b${catalogue.indexOf(id)}\\b`);
    await expect.poll(told, { timeout: 2_000 }).toMatch(named('gone'));
    pool.log.length = 0;
    for (let stock = 8; stock > 0; stock--) await call('PATCH', '/v1/items/kept', { stock });
    await call('PATCH', '/v1/items/gone', { stock: 0 });
    await expect.poll(told, { timeout: 2_000 }).toMatch(named('gone'));
    expect(told()).not.toMatch(named('kept'));
  });

  test('PUT refuses a list that has no end, and takes nothing of it', async () => {
    for (const body of ['[{"id":"half-1"},{"id":"half', '[{"id":"half-1"}] {"id":"half-2"}'])
      expectProblem(await call('PUT', '/v1/items', body), 400, 'malformed');
    expect((await call('GET', '/v1/items/half-1')).status).toBe(404);
  });

  test('PUT of thousands of items is taken whole, in bites, and changes of one item go between', async () => {
    const many = Array.from({ length: 3_000 }, (_, i) => ({ id: `many-${i}`, title: `lamp ${i}` }));
    const order: string[] = [];
    const put = call('PUT', '/v1/items', ndjson(...many), 'application/x-ndjson').then((answer) => {
      order.push('put');
      return answer;
    });
    await expect.poll(() => harness.catalogue.indexOf('many-0')).toBeGreaterThan(0);
    await call('PATCH', '/v1/items/many-0', { price: 3 }).then(() => order.push('patch'));
    expect((await put).body).toMatchObject({ created: 3_000, updated: 0, refused: 0 });
    expect(order).toEqual(['patch', 'put']);
  });

  test('PUT takes NDJSON or a list, and says what became of it', async () => {
    const lines = ndjson(
      { id: 'new-1', title: 'Neu', price: 3 },
      { id: 'item-0', title: 'red lamp 0', price: 0, category: 'category-0' },
    );
    expect(await call('PUT', '/v1/items', lines, 'application/x-ndjson')).toMatchObject({
      status: 200,
      body: { created: 1, updated: 1, refused: 0 },
    });
    expect(await call('PUT', '/v1/items', [{ id: 'new-2' }])).toMatchObject({
      status: 200,
      body: { created: 1, updated: 0 },
    });
    expect((await call('GET', '/v1/items/new-1')).body).toMatchObject({
      id: 'new-1',
      title: 'Neu',
      price: 3,
    });
  });

  test('PUT names the lines that are no items, and takes the others', async () => {
    const answer = await call(
      'PUT',
      '/v1/items',
      ndjson({ id: 'new-3' }, '{"id":', { id: '' }, { id: 'new-4', price: 'x' }),
      'application/x-ndjson',
    );
    expectProblem(answer, 400, 'items_refused');
    expect(answer.body).toMatchObject({ created: 1, updated: 0, refused: 3 });
    expect(answer.body.errors.map(({ line }) => line)).toEqual([2, 3, 4]);
    expect((await call('GET', '/v1/items/new-3')).status).toBe(200);
  });

  test('PATCH changes, DELETE removes, lists follow', async () => {
    await call('PUT', '/v1/items', { id: 'a/b c', price: 1 });
    const path = `/v1/items/${encodeURIComponent('a/b c')}`;
    expect(await call('PATCH', path, { price: 2, stock: 0 })).toMatchObject({
      status: 200,
      body: { price: 2, stock: 0 },
    });
    expectProblem(await call('PATCH', path, { price: 'x' }), 400, 'invalid_field');
    expectProblem(await call('PATCH', '/v1/items/none', { price: 1 }), 404, 'unknown_item');
    expect((await call('DELETE', path)).status).toBe(204);
    expectProblem(await call('DELETE', path), 404, 'unknown_item');
  });

  test('GET gives items by id, or a page', async () => {
    const byId = await call('GET', '/v1/items?ids=item-5,none,item-3');
    expect(byId.body.items.map(({ id }) => id)).toEqual(['item-5', 'item-3']);
    const page = await call('GET', '/v1/items?category=category-2&limit=3&offset=1');
    expect(page.body.items.map(({ id }) => id)).toEqual(['item-5', 'item-8', 'item-11']);
    expectProblem(await call('GET', '/v1/items?limit=1000'), 400, 'invalid_field');
    expectProblem(await call('GET', `/v1/items?ids=${Array(300).fill('a').join()}`), 400, 'too_many');
  });
});
