import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import type { LinkCall } from '../../../cluster/link/frame.js';
import { LinkClient } from '../../../cluster/link/link-client.js';
import { LinkServer, type LinkedPeer } from '../../../cluster/link/link-server.js';
import { createLog } from '../../../metrics/process/log.js';
import { ThreadStats } from '../../../metrics/thread-stats.js';
import { CallPacker, unpackCalls } from '../../../shards/wire/thread-batch.js';
import type { ShardCall } from '../../../shards/wire/calls.js';
import { freePort } from '../../support/gateway/built-gateway.js';
import { patientlyUntil } from '../../support/patience.js';

const stops: (() => void | Promise<void>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const items = { count: () => 0, onMore: () => () => undefined };

async function ends(key: Buffer, callersKey = key) {
  const port = await freePort();
  const calls: LinkCall[] = [];
  const peers: LinkedPeer[] = [];
  const left = vi.fn();
  const server = await LinkServer.listen(
    { host: '127.0.0.1', port },
    { key, log: createLog({ level: 'silent' }), stats: ThreadStats.create(), items },
    {
      call: (peer, call) => {
        if (!peers.includes(peer)) peers.push(peer);
        calls.push(call);
        if (call.op === 'attach') peer.say({ op: 'attached', partition: call.partition });
      },
      left,
    },
  );
  const client = new LinkClient({ host: '127.0.0.1', port, self: 'a', key: callersKey, items });
  stops.push(
    () => server.stop(),
    () => client.stop(),
  );
  return { port, client, calls, peers, left };
}

function user() {
  const heard: string[] = [];
  return {
    heard,
    attached: () => void heard.push('attached'),
    replies: () => void heard.push('replies'),
    gone: (why: string) => void heard.push(`gone: ${why}`),
  };
}

const until = (isDone: () => boolean): Promise<boolean> => patientlyUntil(isDone, { everyMs: 5, ms: 20_000 });

test('calls of a node arrive as they were packed, and it hears when a partition is gone', async () => {
  const { client, calls, peers } = await ends(randomBytes(32));
  const one = user();
  client.attach(3, one);
  expect(await until(() => one.heard.length > 0)).toBe(true);
  const packer = new CallPacker();
  const filter = { codes: Int32Array.of(1, 2), some: undefined };
  packer.add({ op: 'subscribe', channel: 5, slots: [{ name: 'home', k: 3, filter } as never] });
  packer.addEvent(5, 6, { seq: 7, kind: 1, tsMs: 8, items: [9], value: 0, quantity: 1, query: 'ä' }, 0);
  client.send(3, packer.take());
  expect(await until(() => calls.length === 2)).toBe(true);
  const found: ShardCall[] = [];
  const [, sent] = calls;
  if (sent.op === 'calls') unpackCalls(sent.batch, (call) => found.push(call));
  expect(found).toMatchObject([
    { op: 'event', channel: 5, session: 6, event: { seq: 7, items: [9], query: 'ä' } },
    { op: 'subscribe', channel: 5, slots: [{ name: 'home', filter: { codes: Int32Array.of(1, 2) } }] },
  ]);
  expect(peers[0].name).toBe('a');
  peers[0].say({ op: 'gone', partition: 3 });
  expect(await until(() => one.heard.length > 1)).toBe(true);
  expect(one.heard).toEqual(['attached', 'gone: it does not own the partition']);
});

test('a node without the key of the cluster is not heard, and learns that its partition is out of reach', async () => {
  const { client, calls } = await ends(randomBytes(32), randomBytes(32));
  const one = user();
  client.attach(0, one);
  expect(await until(() => one.heard.length > 0)).toBe(true);
  expect(one.heard[0]).toMatch(/^gone/);
  expect(calls).toEqual([]);
});

test('a stranger who sends a long frame, or a wrong one, is cut off before anything is read of it', async () => {
  const { port, calls } = await ends(randomBytes(32));
  for (const bytes of [Buffer.from([0, 0x10, 0, 0, 1]), Buffer.from([0, 0, 0, 2, 0xff, 0x0f])]) {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    const closed = once(socket, 'close');
    socket.resume();
    socket.on('error', () => undefined);
    socket.write(bytes);
    await closed;
  }
  expect(calls).toEqual([]);
});

test('when a link breaks, its users hear it, and the other end as well', async () => {
  const { client, left } = await ends(randomBytes(32));
  const one = user();
  client.attach(0, one);
  expect(await until(() => one.heard.length > 0)).toBe(true);
  client.stop();
  expect(await until(() => one.heard.length > 1 && left.mock.calls.length > 0)).toBe(true);
  client.attach(0, one);
  expect(await until(() => one.heard.at(-1) === 'attached')).toBe(true);
});
