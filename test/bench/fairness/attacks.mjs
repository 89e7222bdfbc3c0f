// One attack of test/bench/fairness.mjs, in a process of its own at a low priority: `node attacks.mjs NAME PORT ITEMS`.
// It says hello from an address of its own, as a stranger would, and goes on until it is killed.
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { setPriority } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { pack } from 'msgpackr';
import { WebSocket } from 'ws';

const NICENESS = 10;
const LOCAL_ADDRESS = '127.0.0.2';
const [name, port, itemNames = ''] = process.argv.slice(2);
const items = itemNames.split(',');
const agent = new Agent({ keepAlive: true, localAddress: LOCAL_ADDRESS });
let tag = 0;

const random = (limit) => Math.floor(Math.random() * limit);
const item = () => items[random(items.length)];
const some = (count) => Array.from({ length: count }, item);
const user = () => `hostile-${process.pid}-${tag++}`;
const turn = () => new Promise((next) => setImmediate(next));

/** A connection that said hello; its answers are dropped, or not even read. */
function open(hello, { isDeaf = false, tongue = 'json' } = {}) {
  const encode = tongue === 'json' ? JSON.stringify : pack;
  return new Promise((done) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/ws`, [`afterclick.v1.${tongue}`], {
      perMessageDeflate: false,
      localAddress: LOCAL_ADDRESS,
    });
    socket.say = (message) => socket.send(encode(message));
    socket.on('error', () => undefined);
    socket.on('close', () => done(socket));
    socket.on('open', () => {
      if (isDeaf) socket.pause();
      if (hello !== undefined) socket.say({ t: 'hello', ...hello });
      done(socket);
    });
  });
}

const isOpen = (socket) => socket.readyState === WebSocket.OPEN;
/** Waits until the socket has taken what was sent, `waitMs` at most. */
async function drained(socket, waitMs = 1_000) {
  for (const endMs = Date.now() + waitMs; socket.bufferedAmount > 100_000 && Date.now() < endMs;)
    await pause(1);
}

function call(method, path, body = '') {
  return new Promise((done) => {
    const asked = request(
      {
        host: '127.0.0.1',
        port,
        method,
        path,
        agent,
        localAddress: LOCAL_ADDRESS,
        headers: {
          'content-type': 'application/json',
          ...(body !== '' && { 'content-length': Buffer.byteLength(body) }),
        },
      },
      (answer) => answer.on('end', done).on('error', done).resume(),
    );
    asked.on('error', done).end(body);
  });
}

/** So many at a time, again and again. */
const repeat = (width, act) =>
  Promise.all(
    Array.from({ length: width }, async (_, lane) => {
      for (let number = lane; ; number += width) {
        await act(number);
        await turn();
      }
    }),
  );

function anyCall(id) {
  const slot = `s${random(16)}`;
  return [
    () => ({ t: 'rank', id, candidates: some(20) }),
    () => ({ t: 'rank', id, candidates: some(200), tmaxMs: 5, explain: true }),
    () => ({ t: 'recommend', id, slot, k: 100, explain: true }),
    () => ({ t: 'recommend', id, k: 20, diversity: 1, exclude: some(50) }),
    () => ({ t: 'subscribe', slots: [{ slot, k: 100, filter: { price: { lt: random(50) } } }] }),
    () => ({ t: 'unsubscribe', slots: [slot] }),
  ][random(6)]();
}

const ATTACKS = {
  /** 40,000 events of one connection in 1.4 s, again and again. */
  events: () =>
    repeat(1, async () => {
      const socket = await open({ user: user(), slots: [{ slot: 'home' }] });
      for (let seq = 1; seq <= 40_000 && isOpen(socket);) {
        for (const end = seq + 290; seq < end; seq++)
          socket.say({ t: 'event', seq, e: 'view_item', item: item() });
        await pause(10);
      }
      socket.terminate();
      await pause(2_000);
    }),
  /** 200 sockets of one user with four slots each, opened together; then they click, 20 times a second. */
  crowd: () =>
    repeat(1, async () => {
      const slots = ['a', 'b', 'c', 'd'].map((slot) => ({ slot, k: 20, explain: true }));
      const name = user();
      const sockets = await Promise.all(Array.from({ length: 200 }, () => open({ user: name, slots })));
      const seqs = sockets.map(() => 0);
      for (let clicks = 0; clicks < 60; clicks++) {
        const place = random(sockets.length);
        sockets[place].say({ t: 'event', seq: ++seqs[place], e: 'view_item', item: item() });
        await pause(50);
      }
      for (const socket of sockets) socket.terminate();
    }),
  /** Ranks, recommends, subscribes without end over four connections of one user. */
  calls: () => {
    const calls = Array.from({ length: 200 }, (_, id) => pack(anyCall(id)));
    const name = user();
    return repeat(4, async () => {
      const socket = await open({ user: name }, { tongue: 'msgpack' });
      for (let sent = 0; sent < 13_000 && isOpen(socket); sent += 200) {
        for (let i = 0; i < 200; i++) socket.send(calls[random(200)]);
        await drained(socket);
        await turn();
      }
      if (isOpen(socket)) socket.terminate();
    });
  },
  /** 8 connections that ask for lists of 100 with reasons and read nothing. */
  deaf: () =>
    repeat(8, async () => {
      const slots = Array.from({ length: 16 }, (_, i) => ({ slot: `s${i}`, k: 100, explain: true }));
      const socket = await open({ user: user(), slots }, { isDeaf: true });
      for (let seq = 1; seq < 5_000 && isOpen(socket); seq++) {
        socket.say({ t: 'event', seq, e: 'view_item', item: item() });
        socket.say({ t: 'recommend', id: seq, k: 100, explain: true });
        socket.say({ t: 'ping', id: 'x'.repeat(128) });
        await drained(socket, 200);
        await pause(2);
      }
      socket.terminate();
    }),
  /** `POST /v1/events` with 500 events of one user, 8 at a time, half of them twice. */
  posts: () =>
    repeat(8, (number) => {
      const events = Array.from({ length: 500 }, (_, i) => ({
        user: `hostile-${process.pid}-${number % 3}`,
        id: `${Math.floor(number / 2)}-${i}`,
        e: 'view_item',
        item: item(),
      }));
      return call('POST', '/v1/events', JSON.stringify(events));
    }),
  /** `POST /v1/rank` with 1,000 candidates and reasons, 16 at a time. */
  bigRanks: () =>
    repeat(16, (number) => {
      const name = `hostile-${process.pid}-${number % 8}`;
      const asked = { user: name, candidates: some(1_000), k: 100, explain: true, tmaxMs: 5_000 };
      return call('POST', '/v1/rank', JSON.stringify(asked));
    }),
  /** `PATCH` of prices and stock without end, 32 at a time. */
  patches: () =>
    repeat(32, () => {
      const fields = random(2) === 0 ? { price: 1 + random(50) } : { stock: random(3) };
      return call('PATCH', `/v1/items/${item()}`, JSON.stringify(fields));
    }),
  /** What is only looked at, 16 at a time. */
  scrapes: () => {
    const paths = ['/metrics', '/v1/items?limit=200', '/v1/model', '/main.js', '/readyz', '/v1/snapshots'];
    return repeat(16, (number) => call('GET', paths[number % paths.length]));
  },
  /** Connections made and broken without a pause, a new visitor each. */
  visits: () =>
    repeat(24, async (number) => {
      const socket = await open(
        { slots: [{ slot: 'home', k: 50 }] },
        { tongue: number % 2 ? 'json' : 'msgpack' },
      );
      if (!isOpen(socket)) return pause(20);
      if (number % 3) socket.say({ t: 'event', seq: 1, e: 'view_item', item: item() });
      if (number % 2) await pause(5);
      socket.terminate();
    }),
  /** Upgrades alone, as bytes, so that it costs the client little. */
  upgrades: () =>
    repeat(8, () => {
      const socket = connect({ host: '127.0.0.1', port, localAddress: LOCAL_ADDRESS });
      socket.write(
        `GET /v1/ws HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
          'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
      );
      return new Promise((done) => {
        socket.on('error', done).on('close', done);
        socket.once('data', () => socket.resetAndDestroy());
      });
    }),
  /** `POST /v1/rank` of 200 candidates in 1 ms, 32 at a time. */
  ranks: () =>
    repeat(32, (number) =>
      call(
        'POST',
        '/v1/rank',
        JSON.stringify({ user: `hostile-${process.pid}-${number % 100}`, candidates: some(200), tmaxMs: 1 }),
      ),
    ),
};

export const ATTACK_NAMES = Object.keys(ATTACKS);

if (name !== undefined && process.argv[1].endsWith('attacks.mjs')) {
  setPriority(NICENESS);
  await ATTACKS[name]();
}
