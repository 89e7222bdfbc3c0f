import type { ClientMessage, Slot } from '../../../gateway/protocol/messages.js';
import type { Attack } from './attack.js';
import { ODD_VALUES, withOddField } from './odd-values.js';
import type { Scene } from './scene.js';
import type { HostileSocket, Tongue } from '../wire/hostile-socket.js';

/** Fewer than are tolerated on a connection, so that the next question is answered. */
const ODD_AT_ONCE = 12;
const PONG_WAIT_MS = 5_000;

const slot: Required<Slot> = {
  slot: 'odd',
  k: 5,
  filter: {
    price: { lt: 10 },
    category: { in: ['x'] },
    any: [{ brand: 'b' }],
    not: { colour: { exists: true } },
  },
  exclude: ['22423'],
  excludeSeen: 'viewed',
  diversity: 0.5,
  explain: true,
  fields: ['title', 'price', 'nothing'],
  maxMoves: 3,
  minIntervalMs: 10,
};

/** One of each, with every field there is. */
const SAMPLES: readonly ClientMessage[] = [
  {
    t: 'event',
    seq: 1,
    e: 'view_item',
    item: '22423',
    items: ['22699'],
    ts: Date.now(),
    value: 3,
    quantity: 1,
  },
  { t: 'event', seq: 1, e: 'search', query: 'red', slot: 'odd', list: 5 },
  { t: 'recommend', id: 1, ...slot },
  {
    t: 'rank',
    id: 'r',
    slot: 'odd',
    candidates: ['22423'],
    k: 1,
    tmaxMs: 50,
    filter: slot.filter,
    exclude: ['x'],
    explain: true,
  },
  { t: 'subscribe', slots: [slot] },
  { t: 'unsubscribe', slots: ['odd'] },
  { t: 'identify', id: 'i', user: 'hostile-odd', token: 't' },
  { t: 'ping', id: 'p' },
];
const HELLO: ClientMessage = {
  t: 'hello',
  user: 'hostile-odd',
  token: 't',
  session: 'hostile-odd-session',
  device: 'd',
  slots: [slot],
  resume: { session: 'hostile-odd-session', seq: 0 },
};

function variants(samples: readonly object[]): object[] {
  return samples.flatMap((sample) => ODD_VALUES.flatMap((value) => [...withOddField(sample, value)]));
}

/** Whether a ping comes back, or the connection was closed in order. */
async function isAnswered(socket: HostileSocket): Promise<boolean> {
  let isDone = false;
  const look = socket.onMessage;
  const done = new Promise<void>((resolve) => {
    socket.onMessage = (message) => {
      look(message);
      if (message.t === 'pong' && message.id === 'still there?') isDone = true;
      if (isDone) resolve();
    };
    socket.tcp.once('close', () => resolve());
    setTimeout(resolve, PONG_WAIT_MS);
  });
  socket.send({ t: 'ping', id: 'still there?' });
  await done;
  return isDone || socket.closeCode !== undefined;
}

async function sendOdd(scene: Scene, messages: readonly object[], tongue: Tongue): Promise<void> {
  const socket = await scene.visitor({}, { tongue });
  for (const message of messages) socket.send(message);
  scene.did(messages.length);
  if (!scene.isOver && socket.isOpen && !(await isAnswered(socket)))
    scene.problem(`no pong within ${PONG_WAIT_MS} ms after ${JSON.stringify(messages.at(-1)).slice(0, 150)}`);
  socket.tcp.destroy();
}

async function sendOddHello(scene: Scene, hello: object, tongue: Tongue): Promise<void> {
  const socket = await scene.socket({ tongue });
  socket.send(hello);
  scene.did();
  await scene.pause(2);
  socket.tcp.destroy();
}

async function run(scene: Scene): Promise<void> {
  const [messages, hellos] = [variants(SAMPLES), variants([HELLO])];
  await scene.repeat(4, async (number, scene) => {
    const tongue = scene.random(2) === 0 ? 'json' : 'msgpack';
    if (number % 2 === 0) return sendOddHello(scene, hellos[scene.random(hellos.length)], tongue);
    const odd = Array.from({ length: ODD_AT_ONCE }, () => messages[scene.random(messages.length)]);
    return sendOdd(scene, odd, tongue);
  });
}

export const oddMessages: Attack = {
  name: 'odd-messages',
  what: 'every field of every message, the inner ones too, with values of every kind',
  weight: 2,
  run,
};
