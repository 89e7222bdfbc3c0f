import type { Attack } from './attack.js';
import type { Scene } from './scene.js';
import { clientFrame } from '../wire/frames.js';

const EVENTS = 40_000;
const BATCH = 400;

/** 40,000 events on one connection, as fast as they are taken. */
async function floodOnce(scene: Scene, number: number): Promise<void> {
  const slots = ['a', 'b', 'c', 'd'].map((slot) => ({ slot, k: 20 }));
  const socket = await scene.visitor({ user: `hostile-${scene.tag}-${number}`, slots });
  for (let seq = 1; seq <= EVENTS && socket.isOpen && !scene.isOver; seq += BATCH) {
    const frames = Array.from({ length: BATCH }, (_, i) =>
      clientFrame(JSON.stringify({ t: 'event', seq: seq + i, e: 'view_item', item: scene.item() })),
    );
    socket.bytes(Buffer.concat(frames));
    scene.did(BATCH);
    await socket.drained();
    await scene.pause();
  }
}

export const eventFlood: Attack = {
  name: 'event-flood',
  what: '40,000 events on one connection as fast as it takes them',
  weight: 2,
  run: (scene) => scene.repeat(1, (number, scene) => floodOnce(scene, number)),
};
