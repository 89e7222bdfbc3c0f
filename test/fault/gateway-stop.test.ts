import { once } from 'node:events';
import { Agent, request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { BusyShopper } from '../support/gateway/busy-shopper.js';
import { startGateway, temporaryFolder, type BuiltGateway } from '../support/gateway/built-gateway.js';
import { RawSocket, requestText } from '../support/gateway/raw-socket.js';
import { WsClient } from '../support/gateway/ws-client.js';
import { writeTinyBundle } from '../support/model/tiny-bundles.js';

/** What a stop may take, grace included. */
const STOP_MAX_MS = 10_000;
const ENV = { AFTERCLICK_BUNDLE: 'none', AFTERCLICK_SHARDS: '2', AFTERCLICK_ITEMS_MAX: '4096' };

async function start(env: Readonly<Record<string, string>> = {}, dataDir = temporaryFolder()) {
  const gateway = await startGateway({ env: { ...ENV, AFTERCLICK_DATA_DIR: dataDir, ...env } });
  onTestFinished(() => gateway.kill());
  return gateway;
}

/** Ends it, and says with which code; it has to take less than a stop may. */
async function stopped(gateway: BuiltGateway): Promise<number | null> {
  const startMs = performance.now();
  const code = await gateway.stop();
  expect(performance.now() - startMs).toBeLessThan(STOP_MAX_MS);
  return code;
}

/** Every shopper's acks are exactly what is durable: nothing acknowledged is lost, nothing applied was not acknowledged. */
async function expectExact(dataDir: string, shoppers: readonly BusyShopper[]): Promise<void> {
  const again = await start({}, dataDir);
  for (const shopper of shoppers) expect(await shopper.durable(again.url)).toBe(shopper.acked);
  expect(await again.stop()).toBe(0);
}

interface Answer {
  readonly status: number;
  readonly code: string | undefined;
  readonly connection: string | undefined;
}

/** One call over a connection that is kept; rejects with the error of the connection. */
async function call(agent: Agent, url: string, method: string, path: string, body = ''): Promise<Answer> {
  const asked = request(url + path, { agent, method, headers: { 'content-type': 'application/json' } });
  asked.end(body);
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  const { code } = JSON.parse(await text(response)) as { code?: string };
  return { status: response.statusCode ?? 0, code, connection: response.headers.connection };
}

function eventOf(user: string, call: number): string {
  return JSON.stringify({ user, id: `${user}-${call}`, e: 'search', query: 'lamp' });
}

/** Sends events over HTTP, one call after another, until nothing listens any more; answers, and errors of connections. */
async function callUntilGone(url: string, name: string): Promise<(Answer | string)[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const answers: (Answer | string)[] = [];
  for (let i = 0; ; i++) {
    try {
      answers.push(await call(agent, url, 'POST', '/v1/events', eventOf(name, i)));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ECONNREFUSED') break;
      answers.push(code ?? String(error));
    }
  }
  agent.destroy();
  return answers;
}

test('[D1] under load of sockets and calls nothing acknowledged is lost, nothing applied goes unacknowledged, no call that was taken is cut off', async () => {
  const gateway = await start({ AFTERCLICK_DRAIN_GRACE_MS: '300' });
  const { dataDir, url } = gateway;
  const shoppers = await Promise.all(Array.from({ length: 30 }, () => BusyShopper.start(url)));
  const callers = Array.from({ length: 8 }, (_, i) => callUntilGone(url, `caller-${i}`));
  await expect
    .poll(() => Math.min(...shoppers.map(({ acked }) => acked)), { timeout: 20_000 })
    .toBeGreaterThan(50);
  expect(await stopped(gateway)).toBe(0);
  for (const { client } of shoppers) {
    expect(await client.closed()).toBe(1001);
    expect(client.inbox.at(-1)).toMatchObject({ t: 'bye', code: 1001, reconnect: 'now' });
  }
  const cut: string[] = [];
  for (const [i, answers] of (await Promise.all(callers)).entries()) {
    expect(answers.length).toBeGreaterThan(0);
    for (const [call, answer] of answers.entries()) {
      if (typeof answer === 'string') cut.push(eventOf(`caller-${i}`, call));
      else if (answer.status !== 200) expect(answer).toMatchObject({ status: 503, code: 'draining' });
    }
  }
  // The kernel resets what has connected and was not accepted when nothing listens any more: such a call was never taken.
  expect(cut.length).toBeLessThanOrEqual(callers.length);
  const again = await start({}, dataDir);
  for (const event of cut) {
    const headers = { 'content-type': 'application/json' };
    const reply = await fetch(`${again.url}/v1/events`, { method: 'POST', headers, body: event });
    expect(await reply.json()).toMatchObject({ results: [{ status: 'applied' }] });
  }
  expect(await again.stop()).toBe(0);
  await expectExact(dataDir, shoppers);
}, 60_000);

test('while a stop waits for load balancers, readyz is red, everything is served, and connections are not kept', async () => {
  const gateway = await start({ AFTERCLICK_DRAIN_GRACE_MS: '1500' });
  const { url } = gateway;
  const before = await WsClient.hello(url);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const { status, connection } = await call(agent, url, 'GET', '/readyz');
  expect([status, connection === 'close']).toEqual([200, false]);
  const ended = stopped(gateway);
  await expect.poll(async () => (await call(agent, url, 'GET', '/readyz')).code).toBe('draining');
  const event = JSON.stringify({ user: 'ann', id: 'e1', e: 'search', query: 'lamp' });
  expect(await call(agent, url, 'POST', '/v1/events', event)).toMatchObject({
    status: 200,
    connection: 'close',
  });
  expect(await call(agent, url, 'GET', '/healthz')).toMatchObject({ status: 200 });
  const during = await WsClient.hello(url);
  during.send({ t: 'event', seq: 1, e: 'search', query: 'lamp' });
  await during.next('ack');
  before.send({ t: 'event', seq: 1, e: 'search', query: 'lamp' });
  await before.next('ack');
  expect([await before.closed(), await during.closed(), await ended]).toEqual([1001, 1001, 0]);
});

test('SIGINT has no grace: nobody balances load to a terminal', async () => {
  const gateway = await start({ AFTERCLICK_DRAIN_GRACE_MS: '60000' });
  const client = await WsClient.hello(gateway.url);
  gateway.process.kill('SIGINT');
  expect(await client.closed()).toBe(1001);
  expect(await once(gateway.process, 'exit')).toEqual([0, null]);
});

test('500 sockets are told bye', async () => {
  const gateway = await start();
  const clients = await Promise.all(Array.from({ length: 500 }, () => WsClient.hello(gateway.url)));
  expect(await stopped(gateway)).toBe(0);
  for (const client of clients) expect(await client.closed()).toBe(1001);
}, 60_000);

test('readers that do not read, half bodies, silent and pipelining connections hold nothing up', async () => {
  const gateway = await start();
  const { dataDir, url } = gateway;
  const { host } = new URL(url);
  const shoppers = await Promise.all(Array.from({ length: 4 }, () => BusyShopper.start(url)));
  for (const { client } of shoppers.slice(2)) client.socket.pause();
  const raw = await Promise.all(Array.from({ length: 5 }, () => RawSocket.open(url)));
  const [unread, half, silent, pipelined, kept] = raw;
  unread.pause();
  await unread.write(requestText('GET /metrics', { Host: host }).repeat(200));
  const post = { Host: host, 'Content-Type': 'application/json', 'Content-Length': '5000' };
  await half.write(`${requestText('POST /v1/events', post)}{"user"`);
  await silent.write('GET /hea');
  await kept.write(requestText('GET /healthz', { Host: host }));
  await kept.reads('"ok"');
  const ended = stopped(gateway);
  const pipe = (async () => {
    while (!pipelined.isClosed) await pipelined.write(requestText('GET /healthz', { Host: host }).repeat(3));
  })();
  expect(await ended).toBe(0);
  await pipe;
  expect(half.text).toMatch(/^HTTP\/1\.1 503 .*"draining"/s);
  for (const { client } of shoppers) client.socket.resume();
  for (const { client } of shoppers.slice(0, 2)) expect(await client.closed()).toBe(1001);
  await expectExact(dataDir, shoppers.slice(0, 2));
  for (const socket of raw) socket.drop();
}, 60_000);

test('in the middle of a snapshot and of a swap, both calls are answered, if only with that it goes away', async () => {
  const folder = temporaryFolder();
  for (const [name, width] of [
    ['narrow', 4],
    ['wide', 8],
  ] as const)
    await writeTinyBundle({ folder: join(folder, name), name, width });
  const gateway = await start({
    AFTERCLICK_BUNDLE: join(folder, 'narrow'),
    AFTERCLICK_BUNDLES_DIR: folder,
  });
  const { url } = gateway;
  const shoppers = await Promise.all(Array.from({ length: 10 }, () => BusyShopper.start(url)));
  const agent = new Agent({ maxSockets: 10 });
  const snapshot = call(agent, url, 'POST', '/v1/snapshots', '{}');
  const swap = call(agent, url, 'POST', '/v1/model', JSON.stringify({ bundle: 'wide', force: true }));
  // Both have been taken in when a later call has its answer.
  await call(agent, url, 'GET', '/healthz');
  expect(await stopped(gateway)).toBe(0);
  expect([201, 503]).toContain((await snapshot).status);
  expect([200, 503]).toContain((await swap).status);
  await expectExact(gateway.dataDir, shoppers);
}, 60_000);

test('a second SIGTERM ends it with 130 at any moment, without an abort, and nothing acknowledged is lost', async () => {
  const dataDir = temporaryFolder();
  for (const secondMs of [0, 20, 150, 400]) {
    const gateway = await start(
      { AFTERCLICK_DRAIN_GRACE_MS: '100', AFTERCLICK_SNAPSHOT_AT_END: 'on' },
      dataDir,
    );
    const shoppers = await Promise.all(Array.from({ length: 10 }, () => BusyShopper.start(gateway.url)));
    await expect
      .poll(() => Math.min(...shoppers.map(({ acked }) => acked)), { timeout: 20_000 })
      .toBeGreaterThan(20);
    const ended = once(gateway.process, 'exit');
    gateway.process.kill('SIGTERM');
    const isEnding = shoppers.length > 0 && (await ending(gateway.url));
    expect(isEnding).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, secondMs));
    gateway.process.kill('SIGTERM');
    expect(await ended).toEqual([130, null]);
    const again = await start({}, dataDir);
    for (const shopper of shoppers)
      expect(await shopper.durable(again.url)).toBeGreaterThanOrEqual(shopper.acked);
    expect(await again.stop()).toBe(0);
  }
}, 120_000);

/** Resolves when `/readyz` says that it goes away. */
async function ending(url: string): Promise<boolean> {
  for (;;) {
    const reply = await fetch(`${url}/readyz`).catch(() => undefined);
    if (reply?.status !== 200) return true;
  }
}
