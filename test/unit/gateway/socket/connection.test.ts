import { beforeEach, describe, expect, test } from 'vitest';
import { Channels } from '../../../../gateway/socket/channels.js';
import { Connection } from '../../../../gateway/socket/connection.js';
import { Deadlines } from '../../../../gateway/calls/deadlines.js';
import { EventIntake } from '../../../../gateway/calls/event-intake.js';
import type { GatewayContext } from '../../../../gateway/socket/gateway-context.js';
import { HelloWatch } from '../../../../gateway/socket/hello-watch.js';
import { FlushQueue } from '../../../../gateway/socket/outbox.js';
import { CLOSES } from '../../../../gateway/protocol/close-codes.js';
import { msgpackCodec } from '../../../../gateway/protocol/codec.js';
import { Router } from '../../../../gateway/calls/router.js';
import { SlotCompiler } from '../../../../gateway/calls/slot-compiler.js';
import { wireEncoders } from '../../../../gateway/socket/wire-encoder.js';
import { FakeClock } from '../../../../metrics/process/clock.js';
import { createLog } from '../../../../metrics/process/log.js';
import { ThreadStats } from '../../../../metrics/thread-stats.js';
import { FakePool } from '../../../support/gateway/fake-pool.js';
import { FakeSocket } from '../../../support/gateway/fake-socket.js';

const ITEMS = 50;
let pool: FakePool;
let context: GatewayContext;
let sessions: number;

beforeEach(() => {
  pool = new FakePool({ indexCount: ITEMS, isRecommendable: () => true, passes: () => true });
  context = newContext();
  sessions = 0;
});

function newContext(): GatewayContext {
  const clock = new FakeClock();
  const stats = ThreadStats.create();
  const indexOf = (id: string): number => (Number(id) < ITEMS ? Number(id) : -1);
  const slots = new SlotCompiler({ indexOf, compileFilter: () => 'no filters here' });
  const intake = new EventIntake({
    clock,
    indexOf,
    normaliseQuery: (query) => query,
    search: () => new Int32Array(0),
  });
  const router = new Router({
    slots,
    indexOf,
    clock,
    stats,
    networkAllowanceMs: 5,
    idOf: String,
    mayShow: () => true,
    deadlines: new Deadlines(clock),
    modelName: () => pool.model,
  });
  return {
    pool,
    clock,
    stats,
    slots,
    intake,
    router,
    idleTimeoutMs: 30_000,
    heartbeatMs: 22_000,
    outboxBytes: 64 * 1024,
    channels: new Channels(pool),
    encoders: wireEncoders(String),
    flushes: new FlushQueue(),
    helloWatch: new HelloWatch(clock),
    log: createLog({ level: 'silent' }),
    newId: () => `session-${++sessions}`,
  };
}

interface Peer {
  readonly socket: FakeSocket;
  readonly connection: Connection;
  readonly say: (message: object) => void;
}

function connect(): Peer {
  const socket = new FakeSocket();
  const connection = new Connection(context, socket, 'afterclick.v1.msgpack');
  socket.onEnd = () => connection.closed();
  return { socket, connection, say: (message) => connection.receive(msgpackCodec.encode(message), true) };
}

/** Until the pool has nothing left to do: it works in turns of the event loop. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) await new Promise((resolve) => setImmediate(resolve));
}

const slots = [{ slot: 'home', k: 5 }];
const click = (seq: number, item = '1') => ({ t: 'event', seq, e: 'view_item', item });

describe('while the user is opened', () => {
  test('messages wait in order, and what exceeds the bound is overloaded', async () => {
    const { socket, say } = connect();
    say({ t: 'hello', user: 'u', slots });
    for (let seq = 1; seq <= 300; seq++) say(click(seq));
    say({ t: 'ping', id: 'p' });
    await settle();
    expect(socket.read.find(({ t }) => t !== 'error')).toMatchObject({ t: 'welcome', seq: 0 });
    const refused = socket.of('error');
    expect(refused.map(({ code }) => code)).toEqual(Array(45).fill('overloaded'));
    expect(refused.map(({ seq, id }) => seq ?? id)).toEqual([
      ...Array.from({ length: 44 }, (_, i) => 257 + i),
      'p',
    ]);
    expect(socket.of('ack').at(-1)?.seq).toBe(256);
  });

  test('a socket that goes leaves no session open', async () => {
    const { connection, say } = connect();
    say({ t: 'hello', user: 'u', slots });
    connection.closed();
    await settle();
    expect(pool.log).toEqual(['open u session-1', expect.stringMatching(/^close/)]);
    expect(context.channels.size).toBe(0);
  });

  test('a user who cannot be opened is an error, and hello may come again', async () => {
    const { socket, say } = connect();
    const open = pool.open.bind(pool);
    pool.open = () => Promise.reject(new Error('no disk'));
    say({ t: 'hello', user: 'u', slots });
    say(click(1));
    await settle();
    expect(socket.of('error').map(({ code }) => code)).toEqual(['internal', 'hello_expected']);
    pool.open = open;
    say({ t: 'hello', user: 'u', slots });
    await settle();
    expect(socket.of('welcome')).toHaveLength(1);
    expect(socket.of('recs')).toHaveLength(1);
  });

  test('identify that fails leaves the visitor as he was', async () => {
    const { socket, say } = connect();
    say({ t: 'hello', slots });
    await settle();
    const open = pool.open.bind(pool);
    pool.open = () => Promise.reject(new Error('no disk'));
    say({ t: 'identify', id: 1, user: 'u' });
    say(click(1));
    await settle();
    pool.open = open;
    expect(socket.of('error')).toEqual([
      { t: 'error', code: 'internal', message: expect.any(String), id: 1 },
    ]);
    expect(socket.of('ack').at(-1)?.seq).toBe(1);
  });
});

describe('sessions and slots', () => {
  test('[R1] cause is the last seq of the connection’s own session', async () => {
    const [a, b] = [connect(), connect()];
    a.say({ t: 'hello', user: 'u', slots });
    b.say({ t: 'hello', user: 'u', slots });
    await settle();
    a.say(click(1));
    a.say(click(2));
    await settle();
    b.say(click(1));
    await settle();
    expect(a.socket.of('recs').at(-1)).toMatchObject({ cause: 2 });
    expect(b.socket.of('recs').at(-1)).toMatchObject({ cause: 1 });
    expect(b.socket.of('ack')).toEqual([{ t: 'ack', seq: 1 }]);
  });

  test('two connections of one session are both told', async () => {
    const [a, b] = [connect(), connect()];
    for (const { say } of [a, b]) say({ t: 'hello', user: 'u', session: 's', slots });
    await settle();
    a.say(click(1));
    await settle();
    for (const { socket } of [a, b]) {
      expect(socket.of('ack')).toEqual([{ t: 'ack', seq: 1 }]);
      expect(socket.of('recs').at(-1)).toMatchObject({ cause: 1 });
    }
    a.connection.closed();
    b.say(click(2));
    await settle();
    expect(b.socket.of('ack').at(-1)).toEqual({ t: 'ack', seq: 2 });
  });

  test('a slot is forgotten when the last connection leaves it', async () => {
    const [a, b] = [connect(), connect()];
    for (const { say } of [a, b]) say({ t: 'hello', user: 'u', slots });
    await settle();
    a.say({ t: 'unsubscribe', slots: ['home', 'nothing'] });
    expect(pool.log.filter((line) => line.startsWith('unsubscribe'))).toEqual([]);
    b.connection.closed();
    expect(pool.log.filter((line) => line.startsWith('unsubscribe'))).toEqual(['unsubscribe home']);
    b.say(click(1));
    await settle();
    expect(pool.log.some((line) => line.startsWith('apply'))).toBe(false);
  });

  test('[D1] an ack comes after the commit, and not before', async () => {
    const { socket, say } = connect();
    pool.holdsCommits = true;
    say({ t: 'hello', user: 'u', slots });
    say(click(1));
    await settle();
    expect(socket.of('recs').at(-1)).toMatchObject({ cause: 1 });
    expect(socket.of('ack')).toEqual([]);
    pool.releaseCommits();
    await settle();
    expect(socket.of('ack')).toEqual([{ t: 'ack', seq: 1 }]);
  });

  test('identify moves slots, acknowledges what the visitor sent, and leaves his channel', async () => {
    const { socket, say } = connect();
    say({ t: 'hello', slots });
    await settle();
    pool.holdsCommits = true;
    say(click(1));
    say({ t: 'identify', id: 'i', user: 'u' });
    say(click(2));
    await settle();
    pool.releaseCommits();
    await settle();
    expect(socket.read.map(({ t }) => t).slice(-4)).toEqual(
      expect.arrayContaining(['identified', 'recs', 'ack']),
    );
    expect(socket.of('recs').at(-1)).toMatchObject({ cause: 2 });
    expect(socket.of('ack').at(-1)).toEqual({ t: 'ack', seq: 2 });
    expect(context.channels.size).toBe(1);
    expect(pool.log.filter((line) => line.startsWith('close'))).toHaveLength(1);
  });
});

test('bye is the last word', async () => {
  const { socket, connection, say } = connect();
  say({ t: 'hello', user: 'u', slots });
  await settle();
  connection.finish(CLOSES.goingAway);
  say({ t: 'ping' });
  await settle();
  expect(socket.read.at(-1)).toMatchObject({ t: 'bye', code: 1001, reconnect: 'now' });
  expect(context.channels.size).toBe(0);
});
