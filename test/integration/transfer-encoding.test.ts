import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGatewayHarness, type GatewayHarness } from '../support/gateway/gateway-harness.js';
import { RawSocket } from '../support/gateway/raw-socket.js';

/** What a proxy may read as something else than chunks, while uWebSockets.js reads chunks. */
const ODD = [
  'xchunked',
  'chunkedx',
  'chunked, gzip',
  'gzip, chunked',
  'identity',
  'chunked, chunked',
  '"chunked"',
  'chunked\tx',
];
const CALL = 'POST /v1/recommend HTTP/1.1\r\nContent-Type: application/json';
const UPGRADE =
  'GET /v1/ws HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';
const NEXT = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n';

let harness: GatewayHarness;

beforeAll(async () => {
  harness = await startGatewayHarness();
});
afterAll(() => harness.stop());

async function sent(encoding: string, head: string, next = ''): Promise<RawSocket> {
  const socket = await RawSocket.open(harness.url);
  const body = '2\r\n{}\r\n0\r\n\r\n';
  await socket.write(`${head}\r\nHost: localhost\r\nTransfer-Encoding: ${encoding}\r\n\r\n${body}${next}`);
  return socket;
}

function statuses({ text }: RawSocket): string[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
}

test.each(ODD)(
  'a request with transfer-encoding %j is refused, and the connection ends',
  async (encoding) => {
    const socket = await sent(encoding, CALL);
    await socket.closed();
    expect(statuses(socket)).toEqual(['400']);
    expect(socket.text).toContain('send chunked alone');
  },
);

test.each([...ODD.map((encoding) => [encoding, CALL]), ['gzip, chunked', UPGRADE]])(
  'what follows a request with transfer-encoding %j in its packet is never answered',
  async (encoding, head) => {
    const socket = await sent(encoding, head, NEXT);
    await socket.closed();
    expect(statuses(socket)).not.toContain('200');
  },
);

const CHUNKS = '2\r\n{}\r\n0\r\n\r\n';
/** Requests whose end two readers may see in two places. */
const AMBIGUOUS: readonly (readonly [headers: string, body: string])[] = [
  ['Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked', CHUNKS],
  ['Transfer-Encoding: chunked\r\nTransfer-Encoding: identity', CHUNKS],
  ['Transfer-Encoding: identity\r\nTransfer-Encoding: chunked', CHUNKS],
  ['Transfer-Encoding: chunked\r\ntransfer-encoding:', CHUNKS],
  ['Transfer-Encoding:\r\nTransfer-Encoding: chunked', CHUNKS],
  ['Transfer-Encoding:\r\nContent-Length: 2', '{}'],
  ['Transfer-Encoding:', CHUNKS],
  ['Content-Length: 2\r\nContent-Length: 2', '{}'],
  ['Content-Length: 2\r\nContent-Length: 4', '{}'],
  ['Content-Length: 4\r\nContent-Length: 2', '{}xx'],
  ['Content-Length:', ''],
  ['Content-Length: 2\r\nHost: other.example', '{}'],
];

test.each(AMBIGUOUS)('a request with %j is refused, and the connection ends', async (headers, body) => {
  const socket = await RawSocket.open(harness.url);
  await socket.write(`${CALL}\r\nHost: localhost\r\n${headers}\r\n\r\n`);
  await socket.closed();
  expect(statuses(socket)).toEqual(['400']);
  const whole = await RawSocket.open(harness.url);
  await whole.write(`${CALL}\r\nHost: localhost\r\n${headers}\r\n\r\n${body}${NEXT}`);
  await whole.closed();
  expect(statuses(whole)).not.toContain('200');
});

/** What the addon itself refuses: what follows is never answered. */
test.each([
  ['both', 'Transfer-Encoding: chunked\r\nContent-Length: 4', CHUNKS],
  ['both, the other way round', 'Content-Length: 4\r\nTransfer-Encoding: chunked', CHUNKS],
  ['a list', 'Content-Length: 2, 2', '{}'],
  ['a sign', 'Content-Length: +2', '{}'],
  ['more than 64 bits', 'Content-Length: 18446744073709551618', '{}'],
  ['a chunk of 0x2', 'Transfer-Encoding: chunked', CHUNKS.replace('2', '0x2')],
])('a request with %s is refused, and the connection ends', async (_what, headers, body) => {
  const socket = await RawSocket.open(harness.url);
  await socket.write(`${CALL}\r\nHost: localhost\r\n${headers}\r\n\r\n${body}${NEXT}`);
  await socket.closed();
  expect(statuses(socket)).toEqual(['400']);
});

test.each(['together', 'one after the other'])(
  'lines of chunks without CR are read, but nothing that follows them is, sent %s',
  async (how) => {
    const socket = await RawSocket.open(harness.url);
    const head = `${CALL}\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const body = CHUNKS.replaceAll('\r', '');
    await socket.write(how === 'together' ? head + body + NEXT : head + body);
    if (how !== 'together') {
      await socket.reads('HTTP/1.1 400');
      await socket.write(NEXT).catch(() => undefined);
    }
    await socket.closed();
    expect(statuses(socket)).not.toContain('200');
  },
);

test.each(['chunked', 'Chunked', '   chunked  ', '\tchunked'])(
  '%j is read, and is the last of its connection',
  async (encoding) => {
    const socket = await sent(encoding, CALL);
    await socket.closed();
    expect(statuses(socket)).toEqual(['400']);
    expect(socket.text).toMatch(/connection: close/i);
    expect(socket.text).toMatch(/content-length: \d+\r\n\r\n{.*invalid_field.*}$/i);
  },
);

test('a GET or HEAD whose body comes in chunks is refused: what it answers may be long', async () => {
  for (const method of ['GET', 'HEAD']) {
    const socket = await sent('chunked', `${method} /healthz HTTP/1.1`, NEXT);
    await socket.closed();
    expect(statuses(socket)).not.toContain('200');
  }
});
