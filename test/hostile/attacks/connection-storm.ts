import type { Attack } from './attack.js';
import type { Scene } from './scene.js';

/** In and out again, at every stage. */
async function comeAndGo(scene: Scene, number: number): Promise<void> {
  if (number % 5 === 0) return void scene.tcp().destroy();
  const socket = await scene.socket({ tongue: number % 2 === 0 ? 'json' : 'msgpack' });
  if (number % 5 > 1) socket.send({ t: 'hello', slots: [{ slot: 'home', k: 50 }] });
  if (number % 5 > 2) socket.send({ t: 'event', seq: 1, e: 'view_item', item: scene.item() });
  if (number % 5 > 3) await scene.pause(5);
  scene.did(3);
  if (number % 3 === 0) socket.reset();
  else socket.tcp.destroy();
}

export const connectionStorm: Attack = {
  name: 'connection-storm',
  what: 'connections made and broken without a pause, new visitors each',
  weight: 1,
  run: (scene) => scene.repeat(24, (number, scene) => comeAndGo(scene, number), 6_000),
};

export const silentSockets: Attack = {
  name: 'silent-sockets',
  what: '400 sockets that never say hello, and 200 connections that never ask for one',
  weight: 0.7,
  run: async (scene) => {
    await scene.repeat(8, (_number, scene) => scene.socket(), 400);
    for (let i = 0; i < 200; i++) scene.tcp();
    await scene.pause(60_000);
  },
};
