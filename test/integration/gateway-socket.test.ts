import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEPTH_MAX } from '../../gateway/protocol/limits.js';
import {
  MALFORMED_TOLERATED,
  TS_AHEAD_MS,
  TS_BEHIND_MS,
  WIRE_LIMITS,
} from '../../gateway/protocol/limits.js';
import { SUBPROTOCOLS } from '../../gateway/protocol/version.js';
import { COUNTER } from '../../metrics/table.js';
import { startGatewayHarness, type GatewayHarness } from '../support/gateway/gateway-harness.js';
import { WsClient } from '../support/gateway/ws-client.js';

let harness: GatewayHarness;
let url: string;
let users = 0;
const newUser = (): string => `user-${++users}`;

beforeAll(async () => {
  harness = await startGatewayHarness();
  ({ url } = harness);
});
afterAll(() => harness.stop());

/** Status and subprotocol of an upgrade that offers `offered`. */
function upgrade(
  offered: string | string[] | undefined,
  version = '13',
): Promise<{ status: number; subprotocol: string | undefined }> {
  const headers = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': version,
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    ...(offered !== undefined && { 'sec-websocket-protocol': offered }),
  };
  return new Promise((resolve, reject) => {
    const sent = request(`${url}/v1/ws`, { headers });
    sent.on('response', (response) => {
      response.resume();
      resolve({ status: response.statusCode ?? 0, subprotocol: undefined });
    });
    sent.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve({ status: 101, subprotocol: response.headers['sec-websocket-protocol'] });
    });
    sent.on('error', reject);
    sent.end();
  });
}

describe('[C1] subprotocols', () => {
  test.each([
    ['afterclick.v1.msgpack', 101, 'afterclick.v1.msgpack'],
    ['afterclick.v1.json', 101, 'afterclick.v1.json'],
    ['chat, afterclick.v1.json', 101, 'afterclick.v1.json'],
    ['afterclick.v1.json, afterclick.v1.msgpack', 101, 'afterclick.v1.json'],
    [['chat', 'afterclick.v1.msgpack'], 101, 'afterclick.v1.msgpack'],
    [undefined, 101, undefined],
    ['chat', 400, undefined],
    ['afterclick.v2.json', 400, undefined],
  ])('offering %s answers %d with %s', async (offered, status, subprotocol) => {
    expect(await upgrade(offered)).toEqual({ status, subprotocol });
  });

  test('a handshake of a version that nobody wrote down is refused', async () => {
    expect(await upgrade(undefined, '7')).toEqual({ status: 426, subprotocol: undefined });
    expect(await upgrade(undefined, '8')).toEqual({ status: 101, subprotocol: undefined });
  });

  test('a frame of the other kind is an error', async () => {
    const json = await WsClient.hello(url);
    json.raw(Uint8Array.from([0x80]));
    expect(await json.next('error')).toMatchObject({ code: 'malformed' });
    const msgpack = await WsClient.hello(url, {}, 'afterclick.v1.msgpack');
    msgpack.raw('{"t":"ping"}');
    expect(await msgpack.next('error')).toMatchObject({ code: 'malformed' });
    json.drop();
    msgpack.drop();
  });
});

describe.each(SUBPROTOCOLS)('%s', (subprotocol) => {
  test('[C2] what fits no contract gets an error with its seq or id, and the connection lives', async () => {
    const client = await WsClient.hello(url, { user: newUser() }, subprotocol);
    client.send({ t: 'nonsense', id: 'n' });
    expect(await client.next('error', ({ id }) => id === 'n')).toMatchObject({ code: 'unknown_message' });
    client.send({ t: 'event', seq: 1, e: 'view_item', item: [5] });
    expect(await client.next('error', ({ seq }) => seq === 1)).toMatchObject({ code: 'invalid_field' });
    client.send({ t: 'hello' });
    await client.next('error', ({ code }) => code === 'hello_repeated');
    client.send({ t: 'ping', id: 'p', more: 'ignored' });
    await client.next('pong', ({ id }) => id === 'p');
    expect((await client.click(1, 'item-1')).cause).toBe(1);
    client.drop();
  });

  test('[R1] every click is answered by a list that knows it, then acknowledged', async () => {
    const client = await WsClient.hello(url, { user: newUser() }, subprotocol);
    for (let seq = 1; seq <= 20; seq++) {
      const recs = await client.click(seq, `item-${seq * 7}`);
      expect(recs.ids).toContain(`item-${seq * 7}`);
      await client.next('ack', (ack) => ack.seq >= seq);
    }
    client.drop();
  });

  test('lists come with the fields of items: each once, what changed again, and all on a new connection', async () => {
    const user = newUser();
    const slots = [
      { slot: 'home', k: 20, fields: ['price', 'category', 'kind'] },
      { slot: 'bare', k: 20 },
    ];
    const kind = `kind-${user}`;
    const client = await WsClient.hello(url, { user, slots }, subprotocol);
    const first = await client.next('recs', ({ slot }) => slot === 'home');
    expect(first.items?.map(({ id }) => id)).toEqual(first.ids);
    const { price, category } = harness.catalogue.item(harness.catalogue.indexOf(first.ids[0])) ?? {};
    expect(first.items?.[0]).toEqual({ id: first.ids[0], price, category });
    expect(await client.next('recs', ({ slot }) => slot === 'bare')).not.toHaveProperty('items');
    client.send({ t: 'event', seq: 1, e: 'view_item', item: 'item-150' });
    const second = await client.next('recs', ({ slot, cause }) => slot === 'home' && cause === 1);
    const told = new Set([...(first.items ?? []), ...(second.items ?? [])].map(({ id }) => id));
    expect(second.items?.every(({ id }) => !first.ids.includes(id))).toBe(true);
    expect(second.ids.every((id) => told.has(id))).toBe(true);
    const shown = second.ids[3];
    const from = client.inbox.length;
    const sentMs = performance.now();
    await harness.catalogue.patch(shown, { attributes: { kind } });
    const third = await client.next(
      'recs',
      ({ slot, items }) => slot === 'home' && items?.length === 1,
      from,
    );
    expect(performance.now() - sentMs).toBeLessThan(1_000);
    expect(third.items).toEqual([expect.objectContaining({ id: shown, kind })]);
    expect(third).toMatchObject({ ids: second.ids, rev: second.rev, cause: 1 });
    client.send({ t: 'recommend', id: 'r', slot: 'home', k: 3 });
    const answer = await client.next('result', ({ id }) => id === 'r');
    expect(answer.items?.map(({ id }) => id)).toEqual(answer.ids);
    const { session, seq } = client.welcome;
    client.drop();
    const again = await WsClient.hello(url, { user, slots, resume: { session, seq } }, subprotocol);
    const fresh = await again.next('recs', ({ slot }) => slot === 'home');
    expect(fresh.items?.map(({ id }) => id)).toEqual(fresh.ids);
    again.drop();
  });

  test('welcome says who one is and what the limits are', async () => {
    const client = await WsClient.hello(url, {}, subprotocol);
    const { welcome } = client;
    expect(welcome).toMatchObject({
      seq: 0,
      model: 'fake@1',
      idleTimeoutMs: 30_000,
      heartbeatMs: 22_000,
      limits: WIRE_LIMITS,
    });
    expect(welcome.session).toMatch(/^[\w-]{22}$/);
    expect(welcome.user).toBe(welcome.session);
    client.drop();
  });
});

test('[C2] what came first is answered after hello only', async () => {
  const client = await WsClient.open(url);
  client.send({ t: 'ping', id: 1 });
  expect(await client.next('error')).toMatchObject({ code: 'hello_expected', id: 1 });
  client.send({ t: 'hello', user: newUser() });
  await client.next('welcome');
  client.drop();
});

test('[C3] no hello closes 4013 after bye', async () => {
  const client = await WsClient.open(url);
  expect(await client.closed(7_000)).toBe(4013);
  expect(client.inbox).toEqual([{ t: 'bye', code: 4013, reason: 'no hello in time', reconnect: 'backoff' }]);
}, 10_000);

test('messages sent while hello is under way are carried out in order', async () => {
  const client = await WsClient.open(url);
  client.send({ t: 'hello', user: newUser(), slots: [{ slot: 'home' }] });
  for (let seq = 1; seq <= 5; seq++) client.send({ t: 'event', seq, e: 'view_item', item: 'item-3' });
  client.send({ t: 'ping', id: 'last' });
  await client.next('ack', ({ seq }) => seq === 5);
  expect(client.inbox[0].t).toBe('welcome');
  await client.next('pong');
  client.drop();
});

describe('events', () => {
  test('[D2] a resent event is acknowledged, not applied again', async () => {
    const client = await WsClient.hello(url, { user: newUser() });
    await client.click(1, 'item-10');
    await client.next('ack');
    const [from, applied] = [
      client.inbox.length,
      harness.pool.log.filter((line) => line.startsWith('apply')).length,
    ];
    client.send({ t: 'event', seq: 1, e: 'view_item', item: 'item-10' });
    await client.next('ack', ({ seq }) => seq === 1, from);
    expect(harness.pool.log.filter((line) => line.startsWith('apply'))).toHaveLength(applied);
    client.drop();
  });

  test('[D3] a gap names the expected seq, and nothing is applied until it is filled', async () => {
    const client = await WsClient.hello(url, { user: newUser() });
    client.send({ t: 'event', seq: 3, e: 'view_item', item: 'item-10' });
    expect(await client.next('error')).toMatchObject({ code: 'seq_gap', seq: 3, expected: 1 });
    expect((await client.click(1, 'item-10')).cause).toBe(1);
    client.drop();
  });

  test.each([
    ['an unknown item', { item: 'nothing' }, 'unknown_item'],
    ['a time too far ahead', { ts: Date.now() + TS_AHEAD_MS + 60_000 }, 'ts_out_of_range'],
    ['a time too far behind', { ts: Date.now() - TS_BEHIND_MS - 60_000 }, 'ts_out_of_range'],
    [
      'a list of unknown items',
      { e: 'purchase', item: undefined, items: ['nobody', 'nothing'] },
      'unknown_item',
    ],
  ])('[D3] %s is refused and does not use up its seq', async (_name, change, code) => {
    const client = await WsClient.hello(url, { user: newUser() });
    client.send({ t: 'event', seq: 1, e: 'view_item', item: 'item-1', ...change });
    expect(await client.next('error')).toMatchObject({ code, seq: 1 });
    expect((await client.click(1, 'item-1')).cause).toBe(1);
    client.drop();
  });

  test('a search brings the items that match it', async () => {
    const client = await WsClient.hello(url, { user: newUser() });
    client.send({ t: 'event', seq: 1, e: 'search', query: '  Blue LAMPS! ' });
    const { ids } = await client.next('recs', ({ cause }) => cause === 1);
    expect(harness.pool.log.at(-1)).toBe('apply 1 10 blue lamp');
    expect(ids.filter((id) => Number(id.slice(5)) % 2 === 1).length).toBeGreaterThan(ids.length / 2);
    client.drop();
  });

  test('a full queue is overloaded, and the event may come again', async () => {
    const client = await WsClient.hello(url, { user: newUser() });
    harness.pool.takesEvents = false;
    client.send({ t: 'event', seq: 1, e: 'view_item', item: 'item-1' });
    expect(await client.next('error')).toMatchObject({
      code: 'overloaded',
      seq: 1,
      retryAfterMs: expect.any(Number),
    });
    harness.pool.waitsForDisk = true;
    client.send({ t: 'event', seq: 1, e: 'view_item', item: 'item-1' });
    expect(await client.next('error', ({ message }) => message.includes('disk'))).toMatchObject({
      code: 'overloaded',
      seq: 1,
      retryAfterMs: 1_000,
    });
    harness.pool.waitsForDisk = false;
    harness.pool.takesEvents = true;
    expect((await client.click(1, 'item-1')).cause).toBe(1);
    client.drop();
  });
});

describe('users', () => {
  test('[D4] resume tells the last durable seq, again and again', async () => {
    const user = newUser();
    let client = await WsClient.hello(url, { user });
    const { session } = client.welcome;
    for (let seq = 1; seq <= 3; seq++) {
      await client.click(seq, `item-${seq}`);
      await client.next('ack', (ack) => ack.seq === seq);
      client.drop();
      client = await WsClient.hello(url, { user, resume: { session, seq } });
      expect(client.welcome).toMatchObject({ session, seq });
      expect(client.inbox.find(({ t }) => t === 'recs')).toMatchObject({ cause: seq });
    }
    client.drop();
  });

  test('[R2] all connections of a user get the same lists in the same order', async () => {
    const user = newUser();
    const [a, b] = [
      await WsClient.hello(url, { user }),
      await WsClient.hello(url, { user }, 'afterclick.v1.msgpack'),
    ];
    const from = b.inbox.length;
    const sent = await a.click(1, 'item-50');
    const got = await b.next('recs', ({ rev }) => rev >= sent.rev, from);
    expect(got).toMatchObject({ rev: sent.rev, ids: sent.ids, cause: 0 });
    const revs = [a, b].map(({ inbox }) =>
      inbox.filter((message) => message.t === 'recs').map(({ rev }) => rev),
    );
    expect(revs[0]).toEqual([...revs[0]].sort((x, y) => x - y));
    a.drop();
    b.drop();
  });

  test('identify merges the visitor and goes on with the session', async () => {
    const client = await WsClient.hello(url);
    await client.click(1, 'item-70');
    const user = newUser();
    const from = client.inbox.length;
    client.send({ t: 'identify', id: 'i', user });
    client.send({ t: 'event', seq: 2, e: 'view_item', item: 'item-71' });
    expect(await client.next('identified')).toEqual({ t: 'identified', id: 'i', user, merged: true });
    const { ids } = await client.next('recs', ({ cause }) => cause === 2, from);
    expect(ids).toEqual(expect.arrayContaining(['item-70', 'item-71']));
    await client.next('ack', ({ seq }) => seq === 2);
    client.send({ t: 'identify', id: 'again', user });
    expect(await client.next('identified', ({ id }) => id === 'again')).toMatchObject({ merged: false });
    client.send({ t: 'identify', id: 'other', user: newUser() });
    expect(await client.next('error', ({ id }) => id === 'other')).toMatchObject({ code: 'invalid_field' });
    client.drop();
  });

  test('a later hello with user and session merges the visitor', async () => {
    const visitor = await WsClient.hello(url);
    await visitor.click(1, 'item-80');
    await visitor.next('ack');
    visitor.drop();
    const { session } = visitor.welcome;
    const client = await WsClient.hello(url, { user: newUser(), session });
    expect(client.welcome).toMatchObject({ session, seq: 1 });
    expect(await client.next('recs')).toMatchObject({ ids: expect.arrayContaining(['item-80']) });
    client.drop();
  });
});

describe('slots', () => {
  test('subscribe, redefine, unsubscribe', async () => {
    const client = await WsClient.hello(url, { user: newUser(), slots: [{ slot: 'home', k: 3 }] });
    client.send({
      t: 'subscribe',
      slots: [{ slot: 'cart', k: 5, filter: { category: 'category-1' }, explain: true }],
    });
    const cart = await client.next('recs', ({ slot }) => slot === 'cart');
    expect(cart.ids.map((id) => Number(id.slice(5)) % 3)).toEqual([1, 1, 1, 1, 1]);
    expect(cart.reasons).toHaveLength(5);
    cart.scores.forEach((score, i) => {
      const parts = cart.reasons?.[i].parts ?? [];
      expect(parts[0]).toMatchObject({ of: 'item', id: cart.ids[i] });
      expect(parts.reduce((sum, part) => sum + part.score, 0)).toBeCloseTo(score, 4);
    });
    client.send({ t: 'unsubscribe', slots: ['home'] });
    client.send({ t: 'ping' });
    await client.next('pong');
    const from = client.inbox.length;
    client.send({ t: 'event', seq: 1, e: 'view_item', item: 'item-1' });
    await client.next('ack', ({ seq }) => seq === 1, from);
    expect(
      client.inbox
        .slice(from)
        .filter((message) => message.t === 'recs')
        .map(({ slot }) => slot),
    ).toEqual(['cart']);
    client.drop();
  });

  test('a filter that does not hold together is an error', async () => {
    const client = await WsClient.open(url);
    client.send({ t: 'hello', slots: [{ slot: 'home', filter: { price: { less: 3 } } }] });
    expect(await client.next('error')).toMatchObject({
      code: 'invalid_field',
      message: expect.stringMatching(/^slot "home": filter\.price/),
    });
    client.send({ t: 'hello', slots: [{ slot: 'home' }] });
    await client.next('welcome');
    client.send({
      t: 'subscribe',
      slots: Array.from({ length: WIRE_LIMITS.slots }, (_, i) => ({ slot: `s${i}` })),
    });
    await client.next('error', ({ code }) => code === 'too_many');
    client.drop();
  });

  test('[R4] a slot follows what the catalogue learns', async () => {
    const client = await WsClient.hello(url, {
      user: newUser(),
      slots: [{ slot: 'home', filter: { category: 'brand-new' } }],
    });
    const from = client.inbox.length;
    await harness.catalogue.upsert([{ id: 'fresh', category: 'brand-new' }]);
    await client.next('recs', ({ ids }) => ids.join() === 'fresh', from);
    await harness.catalogue.remove('fresh');
    await client.next('recs', ({ ids }) => ids.length === 0, client.inbox.length);
    client.drop();
  });
});

describe('hostile frames', () => {
  const frames: [string, number[]][] = [
    ['a reserved byte', [0xc1]],
    ['a length bomb', [0xdf, 0xff, 0xff, 0xff, 0xff]],
    ['a key named __proto__', [0x81, 0xa9, ...Buffer.from('__proto__'), 0x80]],
    ['a depth bomb', Array(3_000).fill(0x91)],
    ['nothing', []],
    ['deep maps', Array.from({ length: DEPTH_MAX + 2 }, () => [0x81, 0xa1, 0x61]).flat()],
  ];
  test.each(frames)('%s gets an error, and the connection lives', async (_name, frame) => {
    const client = await WsClient.hello(url, {}, 'afterclick.v1.msgpack');
    client.raw(Uint8Array.from(frame));
    expect(await client.next('error')).toMatchObject({ code: 'malformed' });
    client.send({ t: 'ping' });
    await client.next('pong');
    client.drop();
  });

  test('more than the tolerated few close 4000', async () => {
    const client = await WsClient.hello(url);
    for (let i = 0; i <= MALFORMED_TOLERATED; i++) client.raw('{');
    expect(await client.closed()).toBe(4000);
    expect(client.inbox.filter(({ t }) => t === 'error')).toHaveLength(MALFORMED_TOLERATED + 1);
    expect(client.inbox.at(-1)).toMatchObject({ t: 'bye', code: 4000, reconnect: 'never' });
  });

  test.each([WIRE_LIMITS.frameBytes + 1, 2 * WIRE_LIMITS.frameBytes])(
    'a frame of %d bytes closes 1009',
    async (bytes) => {
      const client = await WsClient.hello(url);
      client.raw('x'.repeat(bytes));
      expect(await client.closed()).toBe(1009);
      expect(client.inbox.at(-1)).toMatchObject({ t: 'bye', code: 1009, reconnect: 'never' });
    },
  );

  test('a frame that is larger still is cut off as soon as it says so, and no more of it is kept', async () => {
    const client = await WsClient.hello(url);
    client.raw('x'.repeat(2 * WIRE_LIMITS.frameBytes + 1));
    // uWebSockets.js says nothing.
    expect([1006, 1009]).toContain(await client.closed());
  });

  test('a frame at the limit is read', async () => {
    const client = await WsClient.hello(url);
    client.raw(`{"t":"ping","more":"${'x'.repeat(WIRE_LIMITS.frameBytes - 22)}"}`);
    await client.next('pong');
    client.drop();
  });
});

test('what is open is counted', async () => {
  const { stats } = harness;
  const opened = stats.counterValue(COUNTER.connectionsOpened);
  const client = await WsClient.hello(url);
  expect(stats.counterValue(COUNTER.connectionsOpened)).toBe(opened + 1);
  client.raw('x'.repeat(WIRE_LIMITS.frameBytes + 1));
  await client.closed();
  expect(stats.counterValue(COUNTER.connectionsClosed['1009'])).toBeGreaterThan(0);
});
