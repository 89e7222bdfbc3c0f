import type { Attack } from './attack.js';
import type { Scene } from './scene.js';
import { messageFrame } from '../wire/hostile-socket.js';

const CALLS = 52_000;
const BATCH = 200;
const SOCKETS = 4;

function anyCall(scene: Scene, id: number): object {
  const some = (count: number): string[] => Array.from({ length: count }, () => scene.item());
  const slot = `s${scene.random(16)}`;
  const calls = [
    () => ({ t: 'rank', id, candidates: some(20) }),
    () => ({ t: 'rank', id, candidates: some(200), tmaxMs: 5, explain: true }),
    () => ({ t: 'recommend', id, slot, k: 100, explain: true }),
    () => ({ t: 'recommend', id, k: 20, diversity: 1, exclude: some(50) }),
    () => ({ t: 'subscribe', slots: [{ slot, k: 100, filter: { price: { lt: scene.random(50) } } }] }),
    () => ({ t: 'unsubscribe', slots: [slot] }),
  ];
  return calls[scene.random(calls.length)]();
}

/** 52,000 calls that are no events, over four connections of one user. */
async function flood(scene: Scene): Promise<void> {
  const user = `hostile-${scene.tag}`;
  const calls = Array.from({ length: BATCH }, (_, id) => messageFrame(anyCall(scene, id), 'msgpack'));
  await scene.repeat(SOCKETS, async (_number, scene) => {
    const socket = await scene.visitor({ user }, { tongue: 'msgpack' });
    for (let sent = 0; sent < CALLS / SOCKETS && socket.isOpen && !scene.isOver; sent += BATCH) {
      socket.bytes(Buffer.concat(calls.map(() => calls[scene.random(BATCH)])));
      scene.did(BATCH);
      await socket.drained();
      await scene.pause();
    }
  });
}

export const callFlood: Attack = {
  name: 'call-flood',
  what: '52,000 ranks, recommends, subscribes and unsubscribes of one user',
  weight: 2,
  run: flood,
};
