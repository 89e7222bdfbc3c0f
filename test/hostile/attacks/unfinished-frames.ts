import type { Attack } from './attack.js';
import type { Scene } from './scene.js';
import { clientFrame, OPCODE } from '../wire/frames.js';

const SOCKETS = 40;
const MIB = 2 ** 20;
/** Claimed and sent bytes. */
const SHAPES = [
  [256 * 1024, 250 * 1024],
  [16 * MIB - 1, 4 * MIB],
  [MIB, MIB - 1],
  [64 * MIB, 1_000],
] as const;

/** Frames of which the end never comes, held open. */
async function hold(scene: Scene, number: number): Promise<void> {
  const [claimedBytes, sentBytes] = SHAPES[number % SHAPES.length];
  const socket = await scene.socket();
  if (number % 2 === 0) socket.send({ t: 'hello' });
  socket.bytes(clientFrame(Buffer.alloc(sentBytes, 0x20), { claimedBytes, opcode: OPCODE.text }));
  scene.did();
  await scene.pause(20);
}

export const unfinishedFrames: Attack = {
  name: 'unfinished-frames',
  what: `${SOCKETS} frames announced with up to 64 MiB, sent in part and held`,
  weight: 1,
  run: async (scene) => {
    await scene.repeat(4, (number, scene) => hold(scene, number), SOCKETS);
    await scene.pause(60_000);
  },
};

/** A message in pieces that never end, with pings between them. */
async function crumble(scene: Scene, number: number): Promise<void> {
  const socket = await scene.visitor();
  socket.frame('{', { isFinal: false, opcode: OPCODE.text });
  const piece = clientFrame(Buffer.alloc(number % 2 === 0 ? 1 : 60_000, 0x20), {
    isFinal: false,
    opcode: OPCODE.continuation,
  });
  const ping = clientFrame('x', { opcode: OPCODE.ping });
  for (let sent = 0; sent < 2_000 && socket.isOpen && !scene.isOver; sent += 20) {
    socket.bytes(Buffer.concat([...Array.from({ length: 20 }, () => piece), ping]));
    scene.did(21);
    await socket.drained();
    await scene.pause();
  }
}

export const fragments: Attack = {
  name: 'fragments',
  what: 'messages in fragments of 1 byte and of 60 kB without an end, pings between them',
  weight: 1,
  run: (scene) => scene.repeat(8, (number, scene) => crumble(scene, number)),
};
