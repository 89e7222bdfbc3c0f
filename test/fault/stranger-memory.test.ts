import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WIRE_LIMITS } from '../../gateway/protocol/limits.js';
import { type BuiltGateway, startGateway } from '../support/gateway/built-gateway.js';
import { frame, frameHead, RawSocket, requestText } from '../support/gateway/raw-socket.js';

const KIB = 1024;
const MIB = KIB * KIB;
/** Attacking sockets of each test. */
const SOCKETS = 30;
/** What one of them may cost in resident memory. */
const SOCKET_MAX_BYTES = 640 * KIB;
/** What the process may grow by on its own: code that is compiled, garbage that is not collected yet. */
const NOISE_BYTES = 32 * MIB;
/** Bodies of all peers together. */
const PEER_BYTES_MAX = 32 * MIB;
/** What an attacker gives up after: no room to write for so long. */
const STUCK_MS = 300;

let gateway: BuiltGateway;
let url: string;
let host: string;
let sockets: RawSocket[] = [];
let beforeBytes: number;

// A process of its own for each attack: what one left behind, freed but not given back, would hide what the next one takes.
beforeEach(async () => {
  gateway = await startGateway({
    env: {
      AFTERCLICK_SHARDS: '1',
      AFTERCLICK_BUNDLE: 'none',
      AFTERCLICK_PEER_BYTES_MAX: String(PEER_BYTES_MAX),
    },
  });
  ({ url } = gateway);
  ({ host } = new URL(url));
  beforeBytes = residentBytes();
}, 30_000);

afterEach(async () => {
  await expectService();
  for (const socket of sockets) socket.drop();
  sockets = [];
  await gateway.kill();
}, 30_000);

/** During each attack a shopper is served, and a catalogue is taken. */
async function expectService(): Promise<void> {
  const lines = Array.from({ length: 500 }, (_, i) => JSON.stringify({ id: `after-${i}`, price: i }));
  const headers = { 'content-type': 'application/x-ndjson' };
  const put = await fetch(`${url}/v1/items`, { method: 'PUT', headers, body: lines.join('\n') });
  expect(await put.json()).toEqual({ created: 500, updated: 0, refused: 0 });
  sockets.push(await shopper());
}

/** Of the gateway's process. */
function residentBytes(): number {
  const status = readFileSync(`/proc/${gateway.process.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * KIB;
}

/** Opens the attackers one after another, lets each do its part, and resolves with how much the process grew. */
async function growth(
  open: () => Promise<RawSocket>,
  act: (socket: RawSocket) => Promise<void>,
  count = SOCKETS,
): Promise<number> {
  let peakBytes = beforeBytes;
  for (let i = 0; i < count; i++) {
    const socket = await open();
    sockets.push(socket);
    await act(socket);
    peakBytes = Math.max(peakBytes, residentBytes());
  }
  // The answer comes after all that was sent before it.
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  return Math.max(peakBytes, residentBytes()) - beforeBytes;
}

let users = 0;
const shopper = (): Promise<RawSocket> => RawSocket.upgraded(url, `stranger-${++users}`);
const http = (): Promise<RawSocket> => RawSocket.open(url);

async function writeAll(socket: RawSocket, piece: Uint8Array, count: number): Promise<void> {
  for (let i = 0; i < count; i++) if (!(await socket.write(piece, STUCK_MS))) return;
}

test('unfinished frames, as large as they may be', async () => {
  const bytes = await growth(shopper, async (socket) => {
    await socket.write(frameHead(1, 2 * WIRE_LIMITS.frameBytes));
    await writeAll(socket, Buffer.alloc(64 * KIB - 1, ' '), 8);
  });
  expect(bytes).toBeLessThan(SOCKETS * SOCKET_MAX_BYTES + NOISE_BYTES);
});

test('unfinished frames of 16 MiB', async () => {
  const bytes = await growth(shopper, async (socket) => {
    await socket.write(frameHead(1, 16 * MIB - 1));
    await writeAll(socket, Buffer.alloc(64 * KIB, ' '), 255);
  });
  expect(bytes).toBeLessThan(SOCKETS * SOCKET_MAX_BYTES + NOISE_BYTES);
});

test('fragments without an end', async () => {
  const bytes = await growth(shopper, async (socket) => {
    await socket.write(frame(1, Buffer.alloc(64 * KIB, ' '), false));
    await writeAll(socket, frame(0, Buffer.alloc(64 * KIB, ' '), false), 254);
  });
  expect(bytes).toBeLessThan(SOCKETS * SOCKET_MAX_BYTES + NOISE_BYTES);
});

test('pings whose pongs are not read', async () => {
  const pings = Buffer.concat(Array.from({ length: 500 }, () => frame(9, Buffer.alloc(125, 'p'))));
  const bytes = await growth(shopper, async (socket) => {
    socket.pause();
    await writeAll(socket, pings, 200);
  });
  expect(bytes).toBeLessThan(SOCKETS * SOCKET_MAX_BYTES + NOISE_BYTES);
});

test('requests for a file whose answers are not read', async () => {
  const gets = Buffer.from(requestText('GET /main.js', { Host: host }).repeat(2_000));
  const pipeline = async (socket: RawSocket): Promise<void> => {
    socket.pause();
    await socket.write(gets, STUCK_MS);
  };
  const bytes = await growth(http, pipeline, 4 * SOCKETS);
  // A packet of requests that is thrown away is garbage until it is collected: no more of it for more sockets.
  expect(bytes).toBeLessThan(SOCKETS * SOCKET_MAX_BYTES + 3 * NOISE_BYTES);
});

test('half bodies', async () => {
  const put = requestText('PUT /v1/items', {
    Host: host,
    'Content-Type': 'application/x-ndjson',
    'Content-Length': String(8 * MIB),
  });
  const bytes = await growth(http, async (socket) => {
    await socket.write(put);
    await writeAll(socket, Buffer.alloc(MIB, ' '), 7);
  });
  expect(bytes).toBeLessThan(PEER_BYTES_MAX + SOCKETS * SOCKET_MAX_BYTES + NOISE_BYTES);
});
