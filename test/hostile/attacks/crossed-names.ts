import type { Attack } from './attack.js';
import type { Scene } from './scene.js';

const NAMES = 12;
const HONEST = 50;

/** Takes one name for another, as user and as session, in rings and chains. */
async function cross(scene: Scene, number: number): Promise<void> {
  const name = (): string => `hostile-${scene.tag}-${scene.random(NAMES)}`;
  const [one, other] = [name(), name()];
  const hellos = [
    { session: one, user: other },
    { session: other, user: one },
    { session: one },
    { user: one, session: one },
    { user: one, resume: { session: other, seq: 2 ** 40 } },
    // A shopper who exists, as somebody's session: nobody may get at them this way.
    { user: one, session: `honest-${scene.random(HONEST)}` },
    { session: `honest-${scene.random(HONEST)}` },
    { resume: { session: `http-${scene.random(4)}`, seq: 0 }, user: other },
  ];
  const hello = hellos[scene.random(hellos.length)];
  const socket = await scene.visitor({ ...hello, slots: [{ slot: 'home', k: 5 }] });
  socket.send({ t: 'event', seq: 1, e: 'view_item', item: scene.item() });
  if (number % 2 === 0) socket.send({ t: 'identify', id: 1, user: name() });
  if (number % 4 === 0) socket.send({ t: 'identify', id: 2, user: name() });
  socket.send({ t: 'event', seq: 2, e: 'view_item', item: scene.item() });
  scene.did(4);
  await scene.pause(10);
  if (number % 3 > 0) socket.tcp.destroy();
}

/** Names of sessions as a stranger would guess them. */
async function guess(scene: Scene, number: number): Promise<void> {
  const session = `${scene.random(10)}${Buffer.from(String(number)).toString('base64url')}`.padEnd(22, 'A');
  const socket = await scene.visitor({
    user: `hostile-${scene.tag}-g`,
    session,
    resume: { session, seq: 1 },
  });
  scene.did();
  await scene.pause(5);
  socket.tcp.destroy();
}

export const crossedNames: Attack = {
  name: 'crossed-names',
  what: 'users and sessions taken for each other, merges in rings and chains, guessed sessions',
  weight: 1.5,
  run: (scene) =>
    scene.repeat(
      6,
      (number, scene) => (number % 5 === 0 ? guess(scene, number) : cross(scene, number)),
      3_000,
    ),
};
