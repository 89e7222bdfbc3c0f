import { afterEach, expect, test } from 'vitest';
import type { GatewayConfig } from '../../gateway/gateway-context.js';
import { COUNTER } from '../../metrics/table.js';
import { startGatewayHarness, type GatewayHarness } from '../support/gateway/gateway-harness.js';
import { WsClient } from '../support/gateway/ws-client.js';

let harness: GatewayHarness;
let clients: WsClient[] = [];
afterEach(() => {
  for (const client of clients) client.drop();
  clients = [];
  harness.stop();
});

/** Loopback counts here. */
async function start(config: Partial<GatewayConfig>): Promise<void> {
  harness = await startGatewayHarness({ proxies: '', ...config });
}

async function hello(fields: object): Promise<WsClient> {
  const client = await WsClient.hello(harness.url, fields);
  clients.push(client);
  return client;
}

const asks = (path: string, init: RequestInit = {}) => fetch(harness.url + path, init);
const post = (path: string, body: unknown) =>
  asks(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

test('[B2] what a user sends over several connections counts together, and a new connection begins no new burst', async () => {
  const perSec = 4;
  await start({ userMessagesPerSec: perSec });
  const startMs = Date.now();
  const [first, second] = [await hello({ user: 'ada' }), await hello({ user: 'ada' })];
  for (let i = 0; i < 30; i++) for (const client of [first, second]) client.send({ t: 'ping', id: i });
  const { retryAfterMs = 0 } = await second.next('error', ({ code }) => code === 'overloaded');
  expect(retryAfterMs).toBeGreaterThan(0);
  const third = await hello({ user: 'ada' });
  for (let i = 0; i < 30; i++) third.send({ t: 'ping', id: i });
  await Promise.all(
    [first, second, third].map((client) =>
      Promise.any([client.next('pong', ({ id }) => id === 29), client.next('error', ({ id }) => id === 29)]),
    ),
  );
  const answered = [first, second, third].flatMap(({ inbox }) => inbox.filter(({ t }) => t === 'pong'));
  expect(answered.length).toBeLessThanOrEqual(perSec * 2 + (perSec * (Date.now() - startMs)) / 1_000);
  const other = await hello({ user: 'bob' });
  other.send({ t: 'ping', id: 'other' });
  expect((await other.next('pong')).id).toBe('other');
  for (let i = 0; i < 200; i++) third.send({ t: 'ping', id: i });
  expect(await third.closed()).toBe(4010);
});

test('[B2] so does what one address sends on all of its sockets, in messages and in bytes', async () => {
  await start({ addressBytesPerSec: 10_000 });
  const [first, second] = [await hello({ user: 'ada' }), await hello({ user: 'bob' })];
  first.send({ t: 'ping', id: 'x', filler: 'x'.repeat(50_000) });
  await first.next('pong');
  second.send({ t: 'ping', id: 'y' });
  const { retryAfterMs = 0 } = await second.next('error', ({ code }) => code === 'overloaded');
  expect(retryAfterMs).toBeGreaterThan(1_000);
});

test('requests of one address beyond its rate get 429 and when to come back', async () => {
  await start({ addressRequestsPerSec: 5 });
  const answers = await Promise.all(Array.from({ length: 40 }, () => asks('/healthz')));
  const refused = answers.filter(({ status }) => status === 429);
  expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(10);
  expect(refused.length).toBeGreaterThan(0);
  expect(refused[0].headers.get('retry-after')).toBe('1');
  expect(await refused[0].json()).toMatchObject({ code: 'rate_limited', status: 429 });
  expect(harness.stats.counterValue(COUNTER.peersRefused.rate)).toBe(refused.length);
});

test('what a body has too many bytes, the next request waits for', async () => {
  await start({ addressBytesPerSec: 10_000 });
  const body = { user: 'ada', k: 1, filler: 'x'.repeat(50_000) };
  expect((await post('/v1/recommend', body)).status).toBe(200);
  const next = await post('/v1/recommend', { user: 'ada', k: 1 });
  expect(next.status).toBe(429);
  expect(Number(next.headers.get('retry-after'))).toBeGreaterThanOrEqual(2);
});

test('without limits, and from a proxy, nothing is refused', async () => {
  await start({ proxies: '127.0.0.1', addressRequestsPerSec: 1, addressBytesPerSec: 1 });
  const answers = await Promise.all(Array.from({ length: 20 }, () => post('/v1/recommend', { user: 'ada' })));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
});

test('behind a proxy each client has a limit of their own, by the address that the proxy wrote last', async () => {
  await start({ proxies: '127.0.0.1', addressRequestsPerSec: 1 });
  const asked = (forwarded: string) => asks('/healthz', { headers: { 'x-forwarded-for': forwarded } });
  const first = await Promise.all(Array.from({ length: 9 }, (_, i) => asked(`203.0.113.${i}, 198.51.100.7`)));
  expect(first.filter(({ status }) => status === 429).length).toBeGreaterThan(0);
  expect((await asked('198.51.100.7, 198.51.100.8')).status).toBe(200);
});
