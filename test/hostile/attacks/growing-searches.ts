import type { Attack } from './attack.js';
import type { Scene } from './scene.js';

const QUERY_UNITS = 255;
/** Characters that grow when they are normalised (NFKC, lower case), and plain long words. */
const GROWING = [
  '\u3316',
  '\ufdfa',
  '\u33a5',
  '\uff76\uff9e',
  '\ufb03',
  '\u1e9e',
  '\u0130',
  '\u2a74',
  '\u3300',
  '\u{1f1e6}',
  'ab ',
  'x',
];
const SEARCHES = 20;

function queryOf(letter: string, i: number): string {
  const tail = String(i);
  return letter.repeat(Math.floor((QUERY_UNITS - tail.length) / letter.length)) + tail;
}

async function search(scene: Scene, number: number): Promise<void> {
  const user = `hostile-${scene.tag}-${number % 40}`;
  const letter = GROWING[number % GROWING.length];
  const queries = Array.from({ length: SEARCHES }, (_, i) => queryOf(letter, i));
  if (number % 2 === 0) {
    const events = queries.map((query, i) => ({ user, id: `${number}-${i}`, e: 'search', query }));
    scene.did(SEARCHES - 1);
    return void (await scene.call('POST', '/v1/events', JSON.stringify(events)));
  }
  const socket = await scene.visitor({ user, slots: [{ slot: 'home', explain: true }] });
  queries.forEach((query, i) => socket.send({ t: 'event', seq: i + 1, e: 'search', query }));
  scene.did(SEARCHES);
  await scene.pause(50);
  socket.tcp.destroy();
}

export const growingSearches: Attack = {
  name: 'growing-searches',
  what: 'searches whose text grows up to 18 times when it is normalised, by socket and by HTTP',
  weight: 1,
  run: (scene) => scene.repeat(4, (number, scene) => search(scene, number)),
};
