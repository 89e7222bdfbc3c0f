import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { createHmac, randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FrameReader, writeBody } from '../../../../cluster/link/frame.js';
import { LinkClient, type PartitionUser } from '../../../../cluster/link/link-client.js';
import { LinkServer, type LinkedPeer } from '../../../../cluster/link/link-server.js';
import { Strangers, STRANGERS_MAX } from '../../../../cluster/link/strangers.js';
import { COUNTER } from '../../../../metrics/table.js';
import { ThreadStats } from '../../../../metrics/thread-stats.js';

const KEY = Buffer.alloc(32, 7);
const items = { count: () => 0, onMore: () => () => undefined };

let stats: ThreadStats;
let lines: string[];
let server: LinkServer;
let left: LinkedPeer[];
let sockets: Socket[];
let links: LinkClient[];

beforeEach(async () => {
  stats = ThreadStats.create();
  lines = [];
  left = [];
  sockets = [];
  links = [];
  const log = pino({}, { write: (line: string) => void lines.push(line) });
  server = await LinkServer.listen(
    { host: '127.0.0.1', port: 0 },
    { key: KEY, log, stats, items },
    {
      call: (peer, { op, partition }) => op === 'attach' && peer.say({ op: 'attached', partition }),
      left: (peer) => void left.push(peer),
    },
  );
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  for (const link of links) link.stop();
  await server.stop();
});

/** Connects, and has read the nonce. */
async function stranger(): Promise<{ readonly socket: Socket; readonly nonce: Buffer }> {
  const socket = connect(server.port, '127.0.0.1').on('error', () => undefined);
  sockets.push(socket);
  const reader = new FrameReader();
  const nonce = await new Promise<Buffer>((resolve) => {
    socket.on('data', (chunk: Buffer) => reader.read(chunk, resolve));
  });
  return { socket, nonce };
}

function node(port = server.port, key = KEY): LinkClient {
  const link = new LinkClient({ host: '127.0.0.1', port, self: 'a', key, items });
  links.push(link);
  return link;
}

/** Resolves with 'attached', or with why not. */
function attach(link: LinkClient, partition = 1): Promise<string> {
  return new Promise((resolve) => {
    link.attach(partition, userOf(resolve));
  });
}

function userOf(tell: (what: string) => void): PartitionUser {
  return { attached: () => tell('attached'), replies: vi.fn(), gone: tell };
}

const closed = ({ socket }: { readonly socket: Socket }): Promise<unknown> =>
  socket.closed ? Promise.resolve() : once(socket, 'close');

describe('who has not shown the key of the cluster', () => {
  test('has room for a few connections: the one that has waited longest goes', () => {
    vi.useFakeTimers();
    const strangers = new Strangers();
    const all = Array.from({ length: STRANGERS_MAX + 3 }, () => ({ destroy: vi.fn() }));
    const goneOf = () => all.flatMap(({ destroy }, i) => (destroy.mock.calls.length > 0 ? [i] : []));
    for (const socket of all.slice(0, STRANGERS_MAX)) strangers.add(socket);
    strangers.leave(all[1]);
    strangers.add(all[STRANGERS_MAX]);
    expect(goneOf()).toEqual([]);
    for (const socket of all.slice(-2)) strangers.add(socket);
    expect(goneOf()).toEqual([0, 2]);
    vi.runAllTimers();
    expect(goneOf()).toEqual(all.map((_, i) => i).filter((i) => i !== 1));
    vi.useRealTimers();
  });

  test('does not keep a node out', async () => {
    for (let i = 0; i < STRANGERS_MAX + 20; i++) await stranger();
    expect(await attach(node())).toBe('attached');
    expect(await attach(node())).toBe('attached');
    expect(left).toEqual([]);
  });

  test.each([
    ['another protocol', Buffer.from('GET / HTTP/1.1\r\nhost: a\r\n\r\n')],
    ['a frame of 4 GiB', Buffer.from([255, 255, 255, 255, 0])],
    ['an empty frame', Buffer.alloc(4)],
    ['a greeting with another key', frameOf(randomBytes(70))],
    ['a name that is too long', frameOf(randomBytes(513))],
  ])('is let go for %s, counted and not logged', async (_, bytes) => {
    const caller = await stranger();
    caller.socket.write(bytes);
    await closed(caller);
    await vi.waitFor(() => expect(stats.counterValue(COUNTER.linkStrangers)).toBe(1));
    expect(lines).toEqual([]);
  });

  test('is not read beyond the first wrong greeting', async () => {
    const caller = await stranger();
    const own = randomBytes(32);
    const mac = createHmac('sha256', KEY)
      .update('caller')
      .update(caller.nonce)
      .update(own)
      .update('b')
      .digest();
    const right = Buffer.concat([own, mac, Buffer.from('b')]);
    caller.socket.write(Buffer.concat([frameOf(randomBytes(70)), frameOf(right)]));
    await closed(caller);
    expect(left).toEqual([]);
  });

  test('is not taken for a node when they are called, nor told what a node would be', async () => {
    const heard: Buffer[] = [];
    const impostor = createServer((socket) => {
      socket.on('error', () => undefined).on('data', (chunk: Buffer) => heard.push(chunk));
      writeBody(socket, randomBytes(96));
    }).listen(0, '127.0.0.1');
    await once(impostor, 'listening');
    const { port } = impostor.address() as AddressInfo;
    expect(await attach(node(port))).toBe('it is no node of a cluster');
    expect(heard).toEqual([]);
    impostor.close();
  });
});

describe('a link', () => {
  test('ends with the last partition that uses it, and is made again', async () => {
    const link = node();
    const first = userOf(vi.fn());
    link.attach(2, first);
    expect(await attach(link, 1)).toBe('attached');
    link.detach(2, first);
    const gone = vi.fn();
    const last = userOf(gone);
    link.attach(1, last);
    link.detach(1, last);
    expect(await attach(link, 3)).toBe('attached');
    await vi.waitFor(() => expect(left).toHaveLength(1));
    expect(gone).not.toHaveBeenCalled();
  });
});

function frameOf(body: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(body.length);
  return Buffer.concat([head, body]);
}
