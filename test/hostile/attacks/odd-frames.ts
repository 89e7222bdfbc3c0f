import { msgpackCodec } from '../../../gateway/protocol/codec.js';
import type { Attack } from './attack.js';
import type { Scene } from './scene.js';
import { clientFrame, OPCODE } from '../wire/frames.js';

const HELLO = msgpackCodec.encode({ t: 'hello', user: 'hostile-bytes', slots: [{ slot: 'home', k: 20 }] });
const EVENT = msgpackCodec.encode({ t: 'event', seq: 1, e: 'view_item', item: '22423', value: 1.5 });

/** MessagePack that lies or that the contract has no use for; each as `{t: <this>}` too. */
const PACKED: readonly (readonly number[])[] = [
  [0xc1],
  [0xd4, 0xff, 0x00], // extensions: a timestamp, msgpackr's records, any other
  [0xd6, 0xff, 0, 0, 0, 0],
  [0xd4, 0x72, 0x40],
  [0xc7, 0x05, 0x65, 1, 2, 3, 4, 5],
  [0xc9, 0xff, 0xff, 0xff, 0xff, 0x01],
  [0xdd, 0xff, 0xff, 0xff, 0xff], // lengths beyond the frame
  [0xdf, 0xff, 0xff, 0xff, 0xff],
  [0xdb, 0xff, 0xff, 0xff, 0xff, 0x41],
  [0xc6, 0x7f, 0xff, 0xff, 0xff],
  [0xa3, 0xff, 0xfe, 0xfd], // text that is not UTF-8
  [0xa3, 0xed, 0xa0, 0x80],
  [0xa4, 0x63, 0x61, 0x66, 0xe9],
  [0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0xcb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0],
  Array.from({ length: 100_000 }, () => 0x91), // depth
  Array.from({ length: 100_000 }, (_, i) => [0x81, 0xa1, 0x61][i % 3]),
];

function mangled(scene: Scene, good: Uint8Array): Uint8Array {
  const bytes = Uint8Array.from(good);
  for (let left = 1 + scene.random(4); left > 0; left--)
    bytes[scene.random(bytes.length)] ^= 1 << scene.random(8);
  return bytes.subarray(0, scene.random(3) === 0 ? scene.random(bytes.length + 1) : bytes.length);
}

/** Texts that are no message. */
const TEXTS: readonly (string | Uint8Array)[] = [
  '[',
  '['.repeat(200_000),
  '{"a":'.repeat(40_000),
  '\ufeff{"t":"ping"}',
  '{"t":"ping"} {"t":"ping"}',
  '{"__proto__":{"t":"ping"},"t":"ping"}',
  '{"t":"ping","\\u005f_proto__":1}',
  '{"t":"hello","user":"\\ud800bob"}',
  '{"t":"event","seq":1e400}',
  `{"t":"ping","id":${'9'.repeat(200_000)}}`,
  '"hello"',
  'null',
  '',
  Uint8Array.of(0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d),
  Uint8Array.of(0xed, 0xa0, 0x80),
];

function oddFrame(scene: Scene): Buffer {
  const pick = <T>(from: readonly T[]): T => from[scene.random(from.length)];
  const packed = pick(PACKED);
  const shapes: (() => Buffer)[] = [
    () => clientFrame(mangled(scene, EVENT)),
    () => clientFrame(mangled(scene, HELLO)),
    () => clientFrame(Uint8Array.from(packed)),
    () => clientFrame(Uint8Array.from([0x81, 0xa1, 0x74, ...packed])),
    () => clientFrame(pick(TEXTS), { opcode: OPCODE.text }),
    () => clientFrame(EVENT, { reserved: 1 + scene.random(7) }),
    () => clientFrame(EVENT, { opcode: 3 + scene.random(5) }),
    () => clientFrame(EVENT, { opcode: 11 + scene.random(5) }),
    () => clientFrame(EVENT, { isMasked: false }),
    () => clientFrame(Buffer.alloc(200), { opcode: pick([OPCODE.ping, OPCODE.pong, OPCODE.close]) }),
    () => clientFrame('x', { opcode: OPCODE.ping, isFinal: false }),
    () => clientFrame(Uint8Array.of(scene.random(256), scene.random(256), 0xff), { opcode: OPCODE.close }),
    () => clientFrame(Uint8Array.of(3), { opcode: OPCODE.close }),
    () => clientFrame(EVENT, { opcode: OPCODE.continuation }),
    () => clientFrame(EVENT, { claimedBytes: 2 ** 40 }),
    () => clientFrame(Buffer.alloc(262_145 + scene.random(1_000))),
  ];
  return pick(shapes)();
}

async function send(scene: Scene, number: number): Promise<void> {
  const socket = await scene.socket({ tongue: number % 2 === 0 ? 'json' : 'msgpack' });
  if (number % 3 > 0) socket.send({ t: 'hello', slots: [{ slot: 'home' }] });
  for (let left = 20; left > 0 && socket.isOpen; left--) {
    socket.bytes(oddFrame(scene));
    scene.did();
    await scene.pause();
  }
  socket.tcp.destroy();
}

export const oddFrames: Attack = {
  name: 'odd-frames',
  what: 'mangled MessagePack and JSON, extensions, depth, bad UTF-8, frames against RFC 6455',
  weight: 1.5,
  run: (scene) => scene.repeat(6, (number, scene) => send(scene, number)),
};
