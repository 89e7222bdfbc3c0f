import { brotliCompressSync, gzipSync } from 'node:zlib';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { WIRE_LIMITS } from '../../gateway/protocol/limits.js';
import { COUNTER } from '../../metrics/table.js';
import { startGatewayHarness, type GatewayHarness } from '../support/gateway/gateway-harness.js';
import { frame, RawSocket, requestText, upgradeRequest } from '../support/gateway/raw-socket.js';
import { WsClient } from '../support/gateway/ws-client.js';

const MIB = 1024 * 1024;
/** Of a file that no kernel buffers whole. */
const FILE_BYTES = 12 * MIB;

let harness: GatewayHarness;
let sockets: RawSocket[] = [];

/** A gateway with a page, and a script that takes long to be read. */
function startDoor(): Promise<GatewayHarness> {
  const consoleFolder = mkdtempSync(join(tmpdir(), 'console-'));
  writeFileSync(join(consoleFolder, 'index.html'), '<!doctype html>shop');
  writeFileSync(join(consoleFolder, 'main.js'), Buffer.alloc(FILE_BYTES, 'shop()'));
  const config = {
    hosts: 'rec.shop.example',
    origins: 'https://shop.example',
    // Loopback counts here.
    proxies: '',
    socketsPerAddressMax: 5,
    peerBytesPerAddressMax: 16 * MIB,
  };
  return startGatewayHarness(config, { consoleFolder });
}

beforeAll(async () => {
  harness = await startDoor();
});
afterAll(() => harness.stop());
afterEach(() => {
  for (const socket of sockets) socket.drop();
  sockets = [];
});

const host = (): string => new URL(harness.url).host;
const refused = (reason: keyof typeof COUNTER.peersRefused): number =>
  harness.stats.counterValue(COUNTER.peersRefused[reason]);
const answered = (): number => harness.stats.counterValue(COUNTER.httpRequests['2xx']);

async function open(): Promise<RawSocket> {
  const socket = await RawSocket.open(harness.url);
  sockets.push(socket);
  return socket;
}

/** Status and text of the answer to a request as it is written here. */
async function answer(text: string): Promise<{ status: number; text: string }> {
  const socket = await open();
  await socket.write(text);
  await socket.reads('\r\n\r\n');
  return { status: Number(socket.text.slice(9, 12)), text: socket.text };
}

describe('a page of a listed origin', () => {
  const ORIGIN = 'https://shop.example';
  const asks = (method: string, path: string, headers: Record<string, string> = {}) =>
    fetch(new URL(path, harness.url), { method, headers: { origin: ORIGIN, ...headers } });
  const allowed = ({ headers }: Response) => headers.get('access-control-allow-origin');
  const preflight = (path: string, method: string) =>
    asks('OPTIONS', path, {
      'access-control-request-method': method,
      'access-control-request-headers': 'content-type',
    });

  test.each([
    ['/v1/events', 'POST'],
    ['/v1/recommend', 'POST'],
    ['/v1/rank', 'POST'],
    ['/v1/items', 'GET'],
    ['/v1/items/a', 'GET'],
  ])('may ask %s by %s, and read the answer', async (path, method) => {
    const answered = await preflight(path, method);
    expect([answered.status, allowed(answered), answered.headers.get('vary')]).toEqual([
      204,
      ORIGIN,
      'Origin',
    ]);
    expect(answered.headers.get('access-control-allow-methods')).toContain(method);
    expect(answered.headers.get('access-control-allow-headers')).toContain('content-type');
    const asked = await asks(method, path);
    expect([allowed(asked), asked.headers.get('access-control-expose-headers')]).toEqual([
      ORIGIN,
      'retry-after, server-timing',
    ]);
  });

  test.each([
    ['/v1/model', 'POST'],
    ['/v1/snapshots', 'POST'],
    ['/metrics', 'GET'],
    ['/v1/stats', 'GET'],
  ])('may not ask %s', async (path, method) => {
    const answered = await preflight(path, method);
    expect([answered.status, allowed(answered)]).toEqual([405, null]);
    expect(allowed(await asks(method, path))).toBeNull();
  });

  test('may look at items and not change them', async () => {
    expect((await preflight('/v1/items', 'PUT')).headers.get('access-control-allow-methods')).toBe(
      'GET, HEAD',
    );
    expect(allowed(await asks('PUT', '/v1/items', { 'content-type': 'application/json' }))).toBeNull();
  });

  test('another origin gets no preflight, and who is no page no headers', async () => {
    const foreign = await asks('OPTIONS', '/v1/rank', {
      origin: 'https://evil.example',
      'access-control-request-method': 'POST',
    });
    expect([foreign.status, allowed(foreign)]).toEqual([403, null]);
    const program = await fetch(new URL('/v1/items', harness.url));
    expect([allowed(program), program.headers.get('vary')]).toEqual([null, 'Origin, Accept-Encoding']);
  });
});

describe('a body that is packed', () => {
  const post = (encoding: string, body: Uint8Array) =>
    fetch(new URL('/v1/rank', harness.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-encoding': encoding },
      body: new Uint8Array(body),
    });
  const asked = JSON.stringify({ user: 'ada', candidates: ['item-1'], filter: 7 });

  test('as gzip is read as if it had come as it is', async () => {
    const reply = await post('gzip', gzipSync(asked));
    expect([reply.status, await reply.text()]).toEqual([400, expect.stringContaining('filter')]);
  });

  test('in another way is refused, and the answer says how to send it', async () => {
    const reply = await post('br', brotliCompressSync(asked));
    expect([reply.status, reply.headers.get('accept-encoding')]).toEqual([415, 'gzip, identity']);
  });

  test.each([
    ['says that it is larger than a body may be', gzipSync(Buffer.alloc(2 * 1024 * 1024)), 413],
    ['is larger than it says', bomb(), 400],
    ['was cut short', gzipSync(asked).subarray(0, 30), 400],
    ['is none', Buffer.from(asked), 400],
  ])('that %s is refused', async (_, body, status) => {
    expect((await post('gzip', body)).status).toBe(status);
  });

  /** A megabyte that says it is 100 bytes. */
  function bomb(): Buffer {
    const body = gzipSync(Buffer.alloc(1024 * 1024));
    body.writeUInt32LE(100, body.length - 4);
    return body;
  }
});

describe('an answer', () => {
  test('that ends its connection says so once', async () => {
    const head = { Host: host(), Origin: 'http://localhost', origin: 'https://evil.example' };
    const { status, text } = await answer(requestText('GET /v1/items', head));
    expect([status, text.match(/connection: close/gi)?.length]).toEqual([400, 1]);
  });

  const get = (encoding: string) =>
    fetch(new URL('/v1/items?limit=100', harness.url), { headers: { 'accept-encoding': encoding } });

  test('goes out as gzip to whom takes it, and says that it hangs on that', async () => {
    const [packed, plain] = [await get('gzip, br'), await get('gzip;q=0')];
    expect(packed.headers.get('content-encoding')).toBe('gzip');
    expect(plain.headers.get('content-encoding')).toBeNull();
    expect(Number(packed.headers.get('content-length'))).toBeLessThan(
      Number(plain.headers.get('content-length')) / 2,
    );
    expect(await packed.text()).toBe(await plain.text());
    for (const { headers } of [packed, plain]) expect(headers.get('vary')).toContain('Accept-Encoding');
  });

  test('that fits a packet goes out as it is', async () => {
    const reply = await fetch(new URL('/healthz', harness.url), { headers: { 'accept-encoding': 'gzip' } });
    expect(reply.headers.get('content-encoding')).toBeNull();
  });
});

describe('a page of another site', () => {
  test.each([
    [{}, 101],
    [{ Origin: 'https://shop.example' }, 101],
    [{ Host: 'evil.example', Origin: 'http://evil.example' }, 421],
    [{ Host: 'rec.shop.example', Origin: 'https://rec.shop.example' }, 101],
  ])('that asks for a socket with %j gets %d', async (headers, status) => {
    expect((await answer(upgradeRequest(harness.url, headers))).status).toBe(status);
  });

  test('the page of the gateway gets a socket', async () => {
    const own = await answer(upgradeRequest(harness.url, { Origin: harness.url }));
    expect(own.status).toBe(101);
  });

  test.each(['https://evil.example', 'null', 'https://shop.example.evil.example', 'http://shop.example'])(
    'that asks for a socket with the origin %s is closed with 4003, hears nothing else, and is counted',
    async (origin) => {
      const before = refused('origin');
      const client = await WsClient.open(harness.url, 'afterclick.v1.msgpack', { origin });
      client.send({ t: 'hello', slots: [{ slot: 'home', k: 5 }] });
      expect(await client.closed()).toBe(4003);
      expect(client.inbox.map(({ t }) => t)).toEqual(['bye']);
      expect(refused('origin')).toBe(before + 1);
    },
  );

  test('is told over HTTP which option would let it in', async () => {
    const { text } = await answer(
      requestText('GET /v1/items', { Host: host(), Origin: 'https://evil.example' }),
    );
    expect(text).toContain('origin_not_allowed');
    expect(text).toContain('AFTERCLICK_ORIGINS');
  });

  test('may send a beacon of events when its origin is listed, and in no other way text', async () => {
    const beacon = (path: string, headers: Record<string, string>) =>
      fetch(new URL(path, harness.url), {
        method: 'POST',
        headers: { 'content-type': 'text/plain;charset=UTF-8', ...headers },
        body: JSON.stringify({ user: 'ann', id: 'beacon', e: 'view_item', item: 'item-1' }),
      });
    const listed = { origin: 'https://shop.example' };
    const taken = await beacon('/v1/events', listed);
    expect([taken.status, taken.headers.get('access-control-allow-credentials')]).toEqual([200, null]);
    expect((await beacon('/v1/events', { origin: 'https://evil.example' })).status).toBe(403);
    expect((await beacon('/v1/events', {})).status).toBe(415);
    expect((await beacon('/v1/rank', listed)).status).toBe(415);
    expect((await beacon('/v1/snapshots', listed)).status).toBe(415);
  });

  test.each([
    [{ 'Content-Type': 'text/plain' }, 415],
    [{ 'Content-Type': 'application/x-www-form-urlencoded' }, 415],
    [{ 'Content-Type': 'multipart/form-data; boundary=x' }, 415],
    [{}, 415],
    [{ 'Content-Type': 'application/json', Origin: 'https://evil.example' }, 403],
    [{ 'Content-Type': 'application/json', 'Sec-Fetch-Site': 'cross-site' }, 403],
    [{ 'Content-Type': 'application/json', Host: 'evil.example' }, 421],
  ])('cannot change anything with %j: %d', async (headers, status) => {
    const calls = ['POST /v1/model/rollback', 'POST /v1/snapshots', 'DELETE /v1/items/item-1'];
    const before = harness.pool.log.length;
    for (const line of calls) {
      const request = requestText(line, { Host: host(), 'Content-Length': '0', ...headers });
      expect((await answer(request)).status).toBe(status);
    }
    expect(harness.pool.log.slice(before)).toEqual([]);
    expect(harness.catalogue.indexOf('item-1')).toBeGreaterThanOrEqual(0);
  });

  test('a change with a type of JSON and its parameters is carried out', async () => {
    const headers = {
      Host: host(),
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Length': '0',
    };
    expect((await answer(requestText('POST /v1/snapshots', headers))).status).toBe(201);
  });

  test('cannot read either', async () => {
    const foreign = { Host: host(), Origin: 'https://evil.example' };
    expect((await answer(requestText('GET /v1/model', foreign))).status).toBe(403);
    expect((await answer(requestText('GET /v1/model', { Host: 'evil.example' }))).status).toBe(421);
  });
});

describe('sockets of one address', () => {
  test('are bounded, and room comes back', async () => {
    const before = refused('sockets');
    const clients = await Promise.all(Array.from({ length: 5 }, () => WsClient.open(harness.url)));
    const { status, text } = await answer(upgradeRequest(harness.url));
    expect(status).toBe(503);
    expect(text).toContain('too_many_sockets');
    expect(text).toContain('AFTERCLICK_PROXIES');
    expect(refused('sockets')).toBe(before + 1);
    for (const client of clients) client.drop();
    await expect.poll(async () => (await answer(upgradeRequest(harness.url))).status).toBe(101);
  });
});

/** What is closed, by the code it is closed with, as no honest client would send it. */
const OFFENCES: readonly (readonly [code: keyof typeof COUNTER.connectionsClosed, frames: () => Buffer[]])[] =
  [
    ['4000', () => Array.from({ length: 20 }, () => frame(1, Buffer.from('no JSON')))],
    ['4010', () => Array.from({ length: 200 }, () => frame(9, Buffer.alloc(0)))],
    ['1009', () => [frame(1, Buffer.alloc(WIRE_LIMITS.frameBytes + 1, ' '))]],
  ];

test.each(OFFENCES)(
  'an address whose sockets are closed with %s gets no more of them, until time has made one good',
  async (code, frames) => {
    const offender = await startGatewayHarness({ proxies: '' });
    try {
      for (let strike = 0; strike < 5; strike++) {
        const socket = await RawSocket.upgraded(offender.url);
        await socket.write(Buffer.concat(frames()));
        await socket.closed();
      }
      expect(offender.stats.counterValue(COUNTER.connectionsClosed[code])).toBe(5);
      const socket = await RawSocket.open(offender.url);
      await socket.write(upgradeRequest(offender.url));
      await socket.reads('too_many_sockets');
      expect(socket.text).toMatch(/^HTTP\/1\.1 503[^]*retry-after: [12]\r\n/);
      expect(offender.stats.counterValue(COUNTER.peersRefused.strikes)).toBe(1);
      socket.drop();
    } finally {
      offender.stop();
    }
  },
);

test('an address whose sockets end for other reasons goes on getting them', async () => {
  const honest = await startGatewayHarness({ proxies: '' });
  try {
    for (let i = 0; i < 10; i++) {
      const socket = await RawSocket.upgraded(honest.url, 'ann');
      await socket.write(frame(8, Buffer.from([0x03, 0xe8])));
      await socket.closed();
    }
    (await RawSocket.upgraded(honest.url, 'ann')).drop();
  } finally {
    honest.stop();
  }
});

test('while a shard refuses, new sockets are told when to come back, and all else goes on', async () => {
  const busy = await startGatewayHarness();
  try {
    busy.pool.shedLevel = 4;
    const socket = await RawSocket.open(busy.url);
    await socket.write(upgradeRequest(busy.url));
    await socket.reads('"retryAfterMs":1000');
    expect(socket.text).toMatch(/^HTTP\/1\.1 503[^]*retry-after: 1\r\n[^]*"code":"overloaded"/);
    expect(busy.stats.counterValue(COUNTER.peersRefused.overload)).toBe(1);
    expect((await fetch(`${busy.url}/healthz`)).status).toBe(200);
    socket.drop();
    busy.pool.shedLevel = 3;
    const admitted = await RawSocket.upgraded(busy.url, 'ann');
    admitted.drop();
  } finally {
    busy.stop();
  }
});

test('at the end of the memory no more sockets are opened, and all else goes on', async () => {
  const full = await startGatewayHarness({ memoryMaxPercent: 0.01 });
  try {
    const socket = await RawSocket.open(full.url);
    await socket.write(upgradeRequest(full.url));
    await socket.reads('AFTERCLICK_MEMORY_MAX_PERCENT');
    expect(socket.text).toMatch(/^HTTP\/1.1 503/);
    expect(full.stats.counterValue(COUNTER.peersRefused.memory)).toBe(1);
    expect((await fetch(`${full.url}/healthz`)).status).toBe(200);
    socket.drop();
  } finally {
    full.stop();
  }
});

describe('a peer that sends and does not read', () => {
  test('gets one answer, and its further requests end the connection', async () => {
    const before = answered();
    const socket = await open();
    socket.pause();
    await socket.write(requestText('GET /main.js', { Host: host() }).repeat(500));
    await expect.poll(answered).toBeGreaterThan(before);
    await socket.closed();
    expect(answered() - before).toBeLessThan(5);
  });

  test('gets one head', async () => {
    // Of its own: an answer to whoever has gone may be counted later.
    const own = await startDoor();
    const count = (): number => own.stats.counterValue(COUNTER.httpRequests['2xx']);
    try {
      // It is compressed when it is asked for first.
      await (await fetch(`${own.url}/main.js`)).text();
      await expect.poll(count).toBe(1);
      const socket = await RawSocket.open(own.url);
      socket.pause();
      await socket.write(requestText('HEAD /main.js', { Host: new URL(own.url).host }).repeat(500));
      await socket.closed();
      expect(count()).toBe(2);
    } finally {
      own.stop();
    }
  });

  test('of pongs is closed with 4010', async () => {
    const before = harness.stats.counterValue(COUNTER.connectionsClosed['4010']);
    const socket = await RawSocket.upgraded(harness.url);
    sockets.push(socket);
    socket.pause();
    const pings = Buffer.concat(Array.from({ length: 500 }, () => frame(9, Buffer.alloc(125, 'p'))));
    const closes = (): number => harness.stats.counterValue(COUNTER.connectionsClosed['4010']) - before;
    for (let i = 0; i < 500 && closes() === 0; i++) await socket.write(pings, 200);
    expect(closes()).toBe(1);
  });

  test('cannot have more answers waiting than its address may hold', async () => {
    const before = refused('bytes');
    const readers = await Promise.all([1, 2, 3].map(() => open()));
    for (const reader of readers) {
      reader.pause();
      await reader.write(requestText('GET /main.js', { Host: host() }));
    }
    await expect.poll(() => refused('bytes')).toBeGreaterThan(before);
  });
});

test('a slow reader gets a large answer whole', async () => {
  const socket = await open();
  socket.pause();
  await socket.write(requestText('GET /main.js', { Host: host(), Connection: 'close' }));
  const before = answered();
  await expect.poll(async () => (await fetch(`${harness.url}/healthz`)).status).toBe(200);
  expect(answered()).toBeGreaterThan(before);
  await socket.closed();
  const headBytes = socket.text.indexOf('\r\n\r\n') + 4;
  expect(socket.bytesRead - headBytes).toBe(FILE_BYTES);
  expect(socket.text.endsWith('shop()shop()')).toBe(true);
});

describe('half bodies', () => {
  const put = (): string =>
    requestText('PUT /v1/items', {
      Host: host(),
      'Content-Type': 'application/x-ndjson',
      'Content-Length': String(8 * MIB),
    });

  test('are bounded by address, and room comes back when they are gone', async () => {
    const before = refused('bytes');
    for (let i = 0; i < 3; i++) {
      const socket = await open();
      await socket.write(put());
      for (let k = 0; k < 7; k++) await socket.write(Buffer.alloc(MIB, ' '));
    }
    await expect.poll(() => refused('bytes')).toBe(before + 1);
    await expect.poll(() => sockets.filter(({ text }) => text.startsWith('HTTP/1.1 503'))).toHaveLength(1);
    expect(sockets.map(({ text }) => text).join('')).toContain('"code":"overloaded"');
    for (const socket of sockets) socket.drop();
    const upsert = async (): Promise<number> => {
      const body = `{"id":"after"}\n${`${' '.repeat(1_023)}\n`.repeat(7 * 1_024)}`;
      const headers = { 'content-type': 'application/x-ndjson' };
      return (await fetch(`${harness.url}/v1/items`, { method: 'PUT', headers, body })).status;
    };
    await expect.poll(upsert).toBe(200);
  });
});
