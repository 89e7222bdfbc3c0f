import type { Attack } from './attack.js';
import type { Scene } from './scene.js';
import { messageFrame } from '../wire/hostile-socket.js';

/** Messages that wait while a connection opens. */
const WAITING = 256;
const PAD = 'x'.repeat(250 * 1024);

/** Hello, and before it is answered all that a frame may hold, 256 times. */
async function pileUp(scene: Scene, number: number): Promise<void> {
  const socket = await scene.socket({ isDeaf: number % 2 === 0 });
  const big = messageFrame({ t: 'rank', id: 1, candidates: ['22423'], pad: PAD });
  socket.send({ t: 'hello', user: `hostile-${scene.tag}-${number}` });
  for (let sent = 0; sent < WAITING && socket.isOpen && !scene.isOver; sent++) {
    socket.bytes(big);
    scene.did();
    if (sent % 16 === 15) await socket.drained();
  }
  await scene.pause(100);
  socket.tcp.destroy();
}

export const openingPiles: Attack = {
  name: 'opening-piles',
  what: '256 messages of 250 KiB while the user is being opened',
  weight: 1,
  run: (scene) => scene.repeat(2, (number, scene) => pileUp(scene, number)),
};

/** Hello again and again, and everything before the first. */
async function repeatHello(scene: Scene, number: number): Promise<void> {
  const socket = await scene.socket();
  if (number % 2 === 0)
    for (let i = 0; i < 10; i++) socket.send({ t: 'event', seq: i, e: 'view_item', item: 'x' });
  const hello = messageFrame({
    t: 'hello',
    user: `hostile-${scene.tag}-${number % 30}`,
    slots: [{ slot: 'home' }],
  });
  for (let sent = 0; sent < 1_000 && socket.isOpen && !scene.isOver; sent += 50) {
    socket.bytes(Buffer.concat(Array.from({ length: 50 }, () => hello)));
    scene.did(50);
    await socket.drained();
    await scene.pause();
  }
  socket.tcp.destroy();
}

export const helloStorm: Attack = {
  name: 'hello-storm',
  what: 'hello a thousand times on a connection, other messages before it',
  weight: 0.7,
  run: (scene) => scene.repeat(8, (number, scene) => repeatHello(scene, number)),
};

/** Visitors who click once and are never seen again. */
async function visitOnce(scene: Scene): Promise<void> {
  const socket = await scene.visitor({ slots: [{ slot: 'home', k: 20 }] }, { tongue: 'msgpack' });
  socket.send({ t: 'event', seq: 1, e: 'view_item', item: scene.item() });
  scene.did();
  await scene.pause(30);
  socket.tcp.destroy();
}

export const manyVisitors: Attack = {
  name: 'many-visitors',
  what: 'up to 2,000 new visitors, one click each',
  weight: 1,
  run: (scene) => scene.repeat(20, (_number, scene) => visitOnce(scene), 2_000),
};
