import type { Attack } from './attack.js';
import type { Scene } from './scene.js';
import { messageFrame, upgradeRequest } from '../wire/hostile-socket.js';

/** A whole conversation as bytes: upgrade, hello, a click, a rank. */
function conversation(scene: Scene): Buffer {
  return Buffer.concat([
    Buffer.from(upgradeRequest(scene.host)),
    messageFrame({ t: 'hello', user: `hostile-${scene.tag}`, slots: [{ slot: 'home' }] }),
    messageFrame({ t: 'event', seq: 1, e: 'view_item', item: scene.item() }),
    messageFrame({ t: 'rank', id: 1, candidates: [scene.item(), scene.item()] }),
  ]);
}

/** Sends the first bytes of it, in one piece or two, and resets the connection. */
async function cutAfter(scene: Scene, bytes: Buffer, isSlow: boolean): Promise<void> {
  const socket = scene.tcp();
  await new Promise<void>((resolve) => {
    socket.once('connect', resolve);
    socket.once('close', () => resolve());
  });
  const middle = isSlow ? scene.random(bytes.length + 1) : bytes.length;
  socket.write(bytes.subarray(0, middle));
  if (isSlow) await scene.pause(5);
  socket.write(bytes.subarray(middle), () => socket.resetAndDestroy());
  scene.did();
  await scene.pause(1);
}

export const resets: Attack = {
  name: 'resets',
  what: 'a conversation of upgrade, hello, click and rank, reset after each of its bytes',
  weight: 1,
  run: async (scene) => {
    const whole = conversation(scene);
    await scene.repeat(8, (number, scene) => {
      const length = number % (whole.length + 1);
      return cutAfter(scene, whole.subarray(0, length), number > whole.length);
    });
  },
};
