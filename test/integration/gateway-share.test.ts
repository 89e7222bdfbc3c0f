import { Agent, request } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { COUNTER } from '../../metrics/table.js';
import { ADDRESS_TIME } from '../../gateway/admission/address-times.js';
import { REQUEST_US } from '../../gateway/server/http-exchange.js';
import { REFUSALS_HELD_MAX } from '../../gateway/server/socket-server.js';
import { startGatewayHarness, type GatewayHarness } from '../support/gateway/gateway-harness.js';
import { RawSocket, upgradeRequest } from '../support/gateway/raw-socket.js';

const OTHER = '127.0.0.2';
let harness: GatewayHarness;
let nowUs: number;

/** A gateway whose threads are always busy; its clock stands until told. */
beforeEach(async () => {
  nowUs = 1e9;
  const clock = { nowMs: () => Date.now(), nowUs: () => nowUs };
  harness = await startGatewayHarness({ proxies: '' }, { clock });
  let active = 0;
  Object.defineProperty(harness.pool, 'loops', { get: () => [{ active: (active += 1_000), idle: 0 }] });
  harness.pool.shardUs = 1_000_000;
});
afterEach(() => harness.stop());

function call(
  method: string,
  path: string,
  localAddress = '127.0.0.1',
  body = '',
  agent: Agent | false = false,
): Promise<number> {
  return new Promise((done, failed) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    request(new URL(path, harness.url), { method, localAddress, headers, agent }, (answer) => {
      answer.resume().on('end', () => done(answer.statusCode ?? 0));
    })
      .on('error', failed)
      .end(body);
  });
}

/** The address takes a second of a shard, and somebody else is there. */
async function overspend(): Promise<void> {
  const body = JSON.stringify({ user: 'u', candidates: ['item-1', 'item-2'] });
  expect(await call('POST', '/v1/rank', '127.0.0.1', body)).toBe(200);
  expect(await call('GET', '/healthz', OTHER)).toBe(200);
  // The first look at the threads says nothing yet.
  expect(await call('GET', '/healthz')).toBe(200);
  nowUs += 100_000;
}

test('requests of an address over its share wait until time has made it good; those of others do not', async () => {
  await overspend();
  let isAnswered = false;
  const waiting = call('GET', '/healthz').then((status) => {
    isAnswered = true;
    return status;
  });
  for (let i = 0; i < 20; i++) expect(await call('GET', '/healthz', OTHER)).toBe(200);
  expect(isAnswered).toBe(false);
  nowUs += 400_000;
  expect(await waiting).toBe(200);
});

test('a socket of an address over its share is refused, with the time to wait', async () => {
  await overspend();
  const socket = await RawSocket.open(harness.url);
  await socket.write(upgradeRequest(harness.url));
  await socket.reads('more than its share');
  expect(socket.text).toMatch(/^HTTP\/1.1 503[^]*retry-after: 1/i);
  expect(harness.stats.counterValue(COUNTER.peersRefused.time)).toBe(1);
});

test('of the refusals that are told later so many wait, and the next is told at once', async () => {
  await overspend();
  const sockets: RawSocket[] = [];
  const told: number[] = [];
  const underWay: Promise<void>[] = [];
  for (let i = 0; i <= REFUSALS_HELD_MAX; i++) {
    const socket = await RawSocket.open(harness.url);
    sockets.push(socket);
    await socket.write(upgradeRequest(harness.url));
    while (harness.stats.counterValue(COUNTER.peersRefused.time) <= i) await new Promise(setImmediate);
    underWay.push(socket.reads('more than its share').then(() => void told.push(i)));
  }
  await Promise.all(underWay);
  expect(told).toHaveLength(REFUSALS_HELD_MAX + 1);
  expect(harness.stats.counterValue(COUNTER.peersRefused.time)).toBe(REFUSALS_HELD_MAX + 1);
});

test('requests that take no time by themselves are counted, for what carries them takes some', async () => {
  expect(await call('GET', '/healthz', OTHER)).toBe(200);
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  // Until the threads are looked at again some of it is made good.
  const enough = Math.ceil((1.2 * ADDRESS_TIME.burstUs) / REQUEST_US);
  const statuses = await Promise.all(
    Array.from({ length: enough }, () => call('GET', '/healthz', '127.0.0.1', '', agent)),
  );
  agent.destroy();
  expect(new Set(statuses)).toEqual(new Set([200]));
  nowUs += 100_000;
  const socket = await RawSocket.open(harness.url);
  await socket.write(upgradeRequest(harness.url));
  await socket.reads('more than its share');
});
