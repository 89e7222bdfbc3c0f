import type { Attack } from './attack.js';
import type { Scene } from './scene.js';

const SOCKETS = 200;
const CLICK_EVERY_MS = 50;

/** One user on 200 sockets with four slots each: each click is up to 800 lists. */
async function crowd(scene: Scene): Promise<void> {
  const user = `hostile-${scene.tag}`;
  const slots = ['a', 'b', 'c', 'd'].map((slot) => ({ slot, k: 20, explain: true }));
  const sockets = await Promise.all(Array.from({ length: SOCKETS }, () => scene.visitor({ user, slots })));
  const seqs = sockets.map(() => 0);
  while (!scene.isOver) {
    const place = scene.random(SOCKETS);
    sockets[place].send({ t: 'event', seq: ++seqs[place], e: 'view_item', item: scene.item() });
    scene.did();
    await scene.pause(CLICK_EVERY_MS);
  }
}

export const manySockets: Attack = {
  name: 'many-sockets',
  what: '200 sockets of one user with 4 slots each, 20 clicks/s',
  weight: 1.5,
  run: crowd,
};
