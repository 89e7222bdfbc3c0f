import type { Attack } from './attack.js';
import type { Scene } from './scene.js';
import { clientFrame, OPCODE } from '../wire/frames.js';

const BATCH = 200;

/** Pings whose pongs nobody reads. */
async function pingDeaf(scene: Scene): Promise<void> {
  const socket = await scene.visitor({}, { isDeaf: true });
  const pings = Buffer.concat(
    Array.from({ length: BATCH }, () => clientFrame('p'.repeat(125), { opcode: OPCODE.ping })),
  );
  for (let sent = 0; sent < 200_000 && socket.isOpen && !scene.isOver; sent += BATCH) {
    socket.bytes(pings);
    scene.did(BATCH);
    await socket.drained(200);
    await scene.pause();
  }
}

export const unreadPongs: Attack = {
  name: 'unread-pongs',
  what: '12 connections that ping without end and read nothing',
  weight: 1,
  run: (scene) => scene.repeat(12, (_number, scene) => pingDeaf(scene)),
};

/** Long answers and lists that nobody reads. */
async function askDeaf(scene: Scene, number: number): Promise<void> {
  const slots = Array.from({ length: 16 }, (_, i) => ({ slot: `s${i}`, k: 100, explain: true }));
  const socket = await scene.visitor({ user: `hostile-${scene.tag}-${number}`, slots }, { isDeaf: true });
  for (let seq = 1; seq < 5_000 && socket.isOpen && !scene.isOver; seq++) {
    socket.send({ t: 'event', seq, e: 'view_item', item: scene.item() });
    socket.send({ t: 'recommend', id: seq, k: 100, explain: true });
    socket.send({ t: 'ping', id: 'x'.repeat(128) });
    scene.did(3);
    await socket.drained(200);
    await scene.pause(2);
  }
}

export const slowReaders: Attack = {
  name: 'slow-readers',
  what: '8 connections that ask for lists of 100 with reasons and read nothing',
  weight: 1.5,
  run: (scene) => scene.repeat(8, (number, scene) => askDeaf(scene, number)),
};

const PIPELINE_BYTES = 445_000;
const PATHS = ['/', '/main.js', '/style.css', '/metrics', '/v1/items?limit=200', '/v1/model', '/healthz'];

/** Requests one behind the other on a connection that reads no answer. */
async function pipeline(scene: Scene, number: number): Promise<void> {
  const socket = scene.tcp();
  socket.pause();
  const path = PATHS[number % PATHS.length];
  const request = `GET ${path} HTTP/1.1\r\nHost: ${scene.host}\r\n\r\n`;
  const count = Math.floor(PIPELINE_BYTES / request.length);
  socket.write(request.repeat(count));
  scene.did(count);
  await scene.pause(300);
}

export const pipelinedGets: Attack = {
  name: 'pipelined-gets',
  what: '445 kB of pipelined GETs a connection, no answer read',
  weight: 1,
  run: async (scene) => {
    await scene.repeat(4, (number, scene) => pipeline(scene, number), 24);
    await scene.pause(60_000);
  },
};

const EXPORTED_EVENTS = 500;

/** An export of a user with many events, and other long answers, of which nobody reads a byte. */
async function askAndLeave(scene: Scene, number: number): Promise<void> {
  const user = `hostile-${scene.tag}-${number % 4}`;
  if (number < 4) {
    const events = Array.from({ length: EXPORTED_EVENTS }, (_, i) => ({
      user,
      id: `${i}`,
      e: 'view_item',
      item: scene.item(),
    }));
    await scene.call('POST', '/v1/events', JSON.stringify(events));
  }
  const paths = [`/v1/users/${user}/export`, '/v1/market?periods=14&top=100', `/v1/users/${user}/graph`];
  const socket = scene.tcp();
  socket.pause();
  socket.write(`GET ${paths[number % paths.length]} HTTP/1.1\r\nHost: ${scene.host}\r\n\r\n`);
  scene.did();
  await scene.pause(20);
}

export const unreadExports: Attack = {
  name: 'unread-exports',
  what: 'exports, markets and graphs that nobody reads, 16 at a time, a thousand connections at most',
  weight: 0.7,
  run: (scene) => scene.repeat(16, (number, scene) => askAndLeave(scene, number), 1_000),
};
