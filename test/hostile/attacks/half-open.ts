import type { Attack } from './attack.js';
import type { Scene } from './scene.js';
import { upgradeRequest } from '../wire/hostile-socket.js';
import { requestText } from '../wire/raw-http.js';

/** Asks, says at once that nothing more comes, and reads for a while or not at all. */
async function askAndClose(scene: Scene, number: number): Promise<void> {
  const socket = scene.tcp();
  const asked = [
    requestText(scene.host, 'GET /v1/items?limit=200'),
    requestText(scene.host, 'GET /metrics'),
    upgradeRequest(scene.host),
    requestText(
      scene.host,
      'POST /v1/rank',
      { 'Content-Type': 'application/json' },
      '{"user":"hostile-half"}',
    ),
  ];
  if (number % 2 === 0) socket.pause();
  socket.end(asked[number % asked.length]);
  await scene.pause(20);
  if (number % 3 > 0) socket.destroy();
}

export const halfOpen: Attack = {
  name: 'half-open',
  what: 'requests and upgrades whose sender closes its half at once, and reads or not',
  weight: 0.7,
  run: (scene) => scene.repeat(32, (number, scene) => askAndClose(scene, number), 4_000),
};
