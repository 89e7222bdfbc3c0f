import type { Attack } from './attack.js';
import type { Scene } from './scene.js';

const CANDIDATES = 200;

async function rank(scene: Scene, number: number): Promise<void> {
  const candidates = Array.from({ length: CANDIDATES }, () => scene.item());
  const body = { user: `hostile-${scene.tag}-${number % 100}`, candidates, tmaxMs: 1 };
  await scene.call('POST', '/v1/rank', JSON.stringify(body));
}

export const rankFlood: Attack = {
  name: 'rank-flood',
  what: 'POST /v1/rank of 200 candidates in 1 ms, 32 at a time',
  weight: 1,
  run: (scene) => scene.repeat(32, (number, scene) => rank(scene, number)),
};

const EVENTS = 500;

/** One user's events in bulk; half of the ids were used before. */
async function post(scene: Scene, number: number): Promise<void> {
  const user = `hostile-${scene.tag}-${number % 3}`;
  const events = Array.from({ length: EVENTS }, (_, i) => ({
    user,
    id: `${Math.floor(number / 2)}-${i}`,
    e: 'view_item',
    item: scene.item(),
  }));
  scene.did(EVENTS - 1);
  await scene.call('POST', '/v1/events', JSON.stringify(events));
}

export const eventPosts: Attack = {
  name: 'event-posts',
  what: 'POST /v1/events with 500 events of one user, 8 at a time, half of them twice',
  weight: 1,
  run: (scene) => scene.repeat(8, (number, scene) => post(scene, number)),
};

const PATHS = ['/metrics', '/v1/items?limit=200', '/v1/model', '/main.js', '/readyz', '/v1/snapshots'];

export const scrapes: Attack = {
  name: 'scrapes',
  what: '/metrics, pages of items and the console, 16 at a time without a pause',
  weight: 0.7,
  run: (scene) => scene.repeat(16, (number, scene) => scene.call('GET', PATHS[number % PATHS.length])),
};
