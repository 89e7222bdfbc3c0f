import { pack } from 'msgpackr';
import type { Attack } from './attack.js';
import type { Scene } from './scene.js';

/** A little less than a frame, or a body, may have. */
const FRAME_BYTES = 250_000;
const BODY_BYTES = 1_000_000;
const MESSAGES = ['recommend', 'rank', 'subscribe', 'hello', 'event', 'ping'];

/** Fields that no message has, some nearly one that it has, as many as fit into the bytes. */
function fields(scene: Scene, bytes: number): Record<string, number> {
  const stem = ['exclud', 'candidate', 'k', 'own-field-of-a-shop'][scene.random(4)];
  const found: Record<string, number> = {};
  for (let left = bytes, i = 0; left > 0; i++) {
    const name = `${stem}${i.toString(36)}`;
    found[name] = 1;
    left -= name.length + 5;
  }
  return found;
}

/** Maps and lists without anything in them, where a list is expected. */
function empties(bytes: number): object {
  return { slots: Array.from({ length: bytes / 3 }, () => ({})), candidates: [], id: 1 };
}

async function bomb(scene: Scene, number: number): Promise<void> {
  const message = {
    t: MESSAGES[number % MESSAGES.length],
    id: number,
    seq: 1,
    e: 'view_item',
    item: scene.item(),
  };
  const content = scene.random(3) === 0 ? empties(FRAME_BYTES) : fields(scene, FRAME_BYTES);
  const isPacked = scene.random(2) === 0;
  const socket = await scene.visitor(
    { user: `hostile-${scene.tag}-${number % 8}` },
    { tongue: isPacked ? 'msgpack' : 'json' },
  );
  const frame = isPacked ? pack({ ...message, ...content }) : JSON.stringify({ ...message, ...content });
  for (let left = 4; left > 0 && socket.isOpen; left--) {
    socket.frame(frame);
    scene.did();
    await scene.pause(5);
  }
  socket.tcp.destroy();
  const body = JSON.stringify({ user: 'hostile-bomb', k: 3, ...fields(scene, BODY_BYTES) });
  await scene.call('POST', ['/v1/recommend', '/v1/rank', '/v1/batch', '/v1/search'][number % 4], body);
}

export const keyBombs: Attack = {
  name: 'key-bombs',
  what: 'messages and bodies full of fields that nobody has, or of empty maps',
  weight: 0.7,
  run: (scene) => scene.repeat(4, (number, scene) => bomb(scene, number)),
};
