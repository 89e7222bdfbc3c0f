import type { Attack } from './attack.js';
import { ODD_VALUES, withOddField } from './odd-values.js';
import type { Scene } from './scene.js';

interface Route {
  readonly method: string;
  readonly path: string;
  readonly sample: object;
}

/** Bodies with every field there is. Items are the hostile client's own, and sold out. */
const ITEM = {
  id: 'hostile-odd',
  title: 'Odd',
  price: 1,
  category: 'hostile',
  brand: 'h',
  stock: 0,
  imageUrl: '/x',
  url: '/y',
  createdMs: 1_700_000_000_000,
  attributes: { 'hostile-size': 'x' },
};
const ROUTES: readonly Route[] = [
  {
    method: 'POST',
    path: '/v1/events',
    sample: {
      user: 'hostile-http',
      id: 'i',
      e: 'view_item',
      item: '22423',
      ts: Date.now(),
      value: 1,
      quantity: 2,
    },
  },
  {
    method: 'POST',
    path: '/v1/events',
    sample: { user: 'hostile-http', id: 'j', e: 'search', query: 'red', items: ['22423'] },
  },
  {
    method: 'POST',
    path: '/v1/recommend',
    sample: {
      user: 'hostile-http',
      slot: 's',
      k: 5,
      filter: { price: { lt: 5 } },
      exclude: ['x'],
      excludeSeen: 'viewed',
      diversity: 1,
      explain: true,
    },
  },
  {
    method: 'POST',
    path: '/v1/rank',
    sample: {
      user: 'hostile-http',
      candidates: ['22423'],
      k: 1,
      tmaxMs: 10,
      filter: {},
      exclude: ['y'],
      explain: false,
    },
  },
  {
    method: 'PATCH',
    path: '/v1/items/hostile-odd',
    sample: { price: 2, title: 't', attributes: { 'hostile-size': 's' } },
  },
];

function bodyOf(value: unknown): string {
  return JSON.stringify(value) ?? 'undefined';
}

async function sendOdd(scene: Scene): Promise<void> {
  const { method, path, sample } = ROUTES[scene.random(ROUTES.length)];
  const odd = [...withOddField(sample, ODD_VALUES[scene.random(ODD_VALUES.length)])];
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  await scene.call(method, path, bodyOf(odd[scene.random(odd.length)]), type);
}

/** NDJSON whose lines are good, odd and broken. */
async function sendLines(scene: Scene): Promise<void> {
  const lines = Array.from({ length: 20 }, (_, i) => {
    const odd = [...withOddField(ITEM, ODD_VALUES[scene.random(ODD_VALUES.length)])];
    // Another id would stay in the catalogue for good; every odd id is put under one prefix, or refused.
    const item = { ...odd[scene.random(odd.length)], id: `hostile-odd-${i}`, stock: 0 };
    const line = bodyOf(item);
    return scene.random(4) === 0 ? line.slice(0, scene.random(line.length)) : line;
  });
  await scene.call(
    'PUT',
    '/v1/items',
    lines.join(scene.random(2) === 0 ? '\n' : '\r\n'),
    'application/x-ndjson',
  );
}

const WHOLE = [
  '',
  'null',
  '[]',
  '[[]]',
  '{}',
  '"x"',
  '1',
  '[null]',
  '{"a":1}{',
  '\ufeff{}',
  '['.repeat(30_000),
  '{"__proto__":{}}',
];

async function sendWhole(scene: Scene, number: number): Promise<void> {
  const { method, path } = ROUTES[scene.random(ROUTES.length)];
  const body = number % 40 === 0 ? ' '.repeat(9 * 2 ** 20) : WHOLE[scene.random(WHOLE.length)];
  const types = [
    'application/json',
    'text/plain',
    'application/x-ndjson',
    'image/png',
    'application/json; charset=x',
  ];
  await scene.call(method, path, body, types[scene.random(types.length)]);
}

export const oddBodies: Attack = {
  name: 'odd-bodies',
  what: 'every field of every HTTP body with values of every kind, NDJSON with broken lines, 9 MiB of blanks',
  weight: 1.5,
  run: (scene) =>
    scene.repeat(6, (number, scene) => [sendOdd, sendLines, sendWhole][number % 3](scene, number)),
};
