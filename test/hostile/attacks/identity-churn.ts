import type { Attack } from './attack.js';
import type { Scene } from './scene.js';

const SESSIONS = 3;
const USERS = 5;

/** A few sessions that ever more sockets take over from each other while they become one user after the other. */
async function churn(scene: Scene, number: number): Promise<void> {
  const session = `hostile-${scene.tag}-s${number % SESSIONS}`;
  const user = (): string => `hostile-${scene.tag}-u${scene.random(USERS)}`;
  const hello = number % 2 === 0 ? { session } : { session, user: user() };
  const socket = await scene.visitor({ ...hello, slots: [{ slot: `s${number % 16}`, k: 20 }] });
  for (let i = 1; i <= 10 && socket.isOpen; i++) {
    socket.send({ t: 'identify', id: i, user: user() });
    socket.send({ t: 'event', seq: i, e: 'view_item', item: scene.item() });
    scene.did(2);
    if (i % 3 === 0) await scene.pause(2);
  }
  if (number % 4 > 0) socket.tcp.destroy();
}

export const identityChurn: Attack = {
  name: 'identity-churn',
  what: 'sockets that take sessions over from each other while those become user after user',
  weight: 1,
  run: (scene) => scene.repeat(12, (number, scene) => churn(scene, number), 2_000),
};
