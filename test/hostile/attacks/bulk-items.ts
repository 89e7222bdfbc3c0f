import type { Attack } from './attack.js';
import type { Scene } from './scene.js';

const PATCHES_PER_SEC = 200;
const IN_FLIGHT_MAX = 50;
const OWN_ITEMS = 10_000;
/** So many at first, then all. */
const SMALL_PUT = 500;

/** Prices of the shop's items, and the stock of own ones. Honest shoppers count on neither. */
async function patch(scene: Scene, number: number): Promise<void> {
  const isOwn = number % 10 === 0;
  const id = isOwn ? `hostile-item-${scene.random(SMALL_PUT)}` : scene.item();
  const body = isOwn ? { stock: scene.random(3) } : { price: scene.random(5_000) / 100 };
  await scene.call(
    'PATCH',
    `/v1/items/${encodeURIComponent(id)}`,
    JSON.stringify(body),
    'application/merge-patch+json',
  );
}

async function patchAtRate(scene: Scene): Promise<void> {
  let inFlight = 0;
  const fromMs = performance.now();
  for (let sent = 0; !scene.isOver;) {
    const due = ((performance.now() - fromMs) * PATCHES_PER_SEC) / 1_000;
    for (; sent < due && inFlight < IN_FLIGHT_MAX; sent++) {
      inFlight++;
      void patch(scene, sent).finally(() => inFlight--);
    }
    await scene.pause(5);
  }
}

export const itemPatches: Attack = {
  name: 'item-patches',
  what: '200 PATCHes of prices and stock a second',
  weight: 1.5,
  run: patchAtRate,
};

/** Own items: 10,000 in one body, then parts of them again, and some taken out. */
async function put(scene: Scene, number: number): Promise<void> {
  if (number % 4 === 3) {
    for (let left = 20; left > 0 && !scene.isOver; left--)
      await scene.call('DELETE', `/v1/items/hostile-item-${SMALL_PUT + scene.random(OWN_ITEMS - SMALL_PUT)}`);
    return;
  }
  const count = number % 4 === 0 ? OWN_ITEMS : SMALL_PUT;
  const lines = Array.from({ length: count }, (_, i) =>
    JSON.stringify({
      id: `hostile-item-${i}`,
      title: `Hostile thing ${i} ${scene.random(1_000)}`,
      price: scene.random(100),
      category: 'hostile',
      stock: i % 50 === 0 ? 5 : 0,
    }),
  );
  await scene.call('PUT', '/v1/items', lines.join('\n'), 'application/x-ndjson');
  await scene.pause(100);
}

export const itemPuts: Attack = {
  name: 'item-puts',
  what: 'PUTs of 10,000 and of 500 items, DELETEs between them',
  weight: 1.5,
  run: (scene) => scene.repeat(1, (number, scene) => put(scene, number)),
};

const LARGE_BYTES = 8_000_000;

/** As much as a body may have, of own items that come again and again, of blanks, or of what is no item. */
function largeBody(scene: Scene): string {
  const title = 'word '.repeat(80 + scene.random(10));
  const line = (i: number): string =>
    `${JSON.stringify({ id: `hostile-large-${i}`, title, category: 'hostile', stock: 0 })}\n`;
  const kinds = [Array.from({ length: 20 }, (_, i) => line(i)).join(''), ' '.repeat(10_000), '{"id":7}\n'];
  const kind = kinds[scene.random(kinds.length)];
  return kind.repeat(Math.floor(LARGE_BYTES / kind.length));
}

export const largePuts: Attack = {
  name: 'large-puts',
  what: 'PUTs of 8 MB, four at a time',
  weight: 0.5,
  run: (scene) =>
    scene.repeat(4, (_number, scene) =>
      scene.call('PUT', '/v1/items', largeBody(scene), 'application/x-ndjson'),
    ),
};
