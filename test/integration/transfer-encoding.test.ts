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

test.each(['chunked', 'Chunked'])('%s is read, and the next request too', async (encoding) => {
  const socket = await sent(encoding, CALL);
  await socket.reads('HTTP/1.1 ');
  await socket.write(NEXT);
  await socket.reads('HTTP/1.1 200');
  socket.drop();
});
