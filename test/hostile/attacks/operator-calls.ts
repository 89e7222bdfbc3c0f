import type { Attack } from './attack.js';
import type { Scene } from './scene.js';

const BUNDLES = [
  '../..',
  '/etc',
  'no such bundle',
  '',
  '\u0000',
  'x'.repeat(5_000),
  '../../../../../../dev/zero',
  '.',
];

/** Swaps that have to be refused or change nothing: honest lists go on being the same model's. */
async function swap(scene: Scene, number: number): Promise<void> {
  // Several at once: each ends by writing down which model serves.
  if (number % 4 === 3)
    return void (await Promise.all(
      Array.from({ length: 4 }, () => scene.call('POST', '/v1/model/rollback', '{}')),
    ));
  const body = JSON.stringify({ bundle: BUNDLES[number % BUNDLES.length], force: number % 2 === 0 });
  await scene.call('POST', '/v1/model', body);
  await scene.call('GET', '/v1/model');
}

export const modelCalls: Attack = {
  name: 'model-calls',
  what: 'swaps to bundles that are none or lie outside, rollbacks to nothing',
  weight: 0.5,
  run: (scene) => scene.repeat(4, (number, scene) => swap(scene, number)),
};

export const snapshotLoop: Attack = {
  name: 'snapshots',
  what: 'POST /v1/snapshots in a loop, two at a time',
  weight: 1,
  run: (scene) => scene.repeat(2, (_number, scene) => scene.call('POST', '/v1/snapshots', '{}')),
};
