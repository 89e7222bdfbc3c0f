import type { Attack } from './attack.js';
import type { Scene } from './scene.js';
import { requestText } from '../wire/raw-http.js';

const JSON_TYPE = { 'Content-Type': 'application/json' };
const METHODS = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'CONNECT',
  'PURGE',
  'get',
];
const PATHS = ['/healthz', '/v1/rank', '/v1/items', '/v1/items/hostile-pipe', '/v1/events', '/v1/ws', '/'];
const DEPTH = 16;

/** Requests of every method one behind the other, in one piece or cut anywhere. */
async function pipeline(scene: Scene): Promise<void> {
  const any = <T>(from: readonly T[]): T => from[scene.random(from.length)];
  let text = '';
  for (let left = DEPTH; left > 0; left--)
    text += requestText(
      scene.host,
      `${any(METHODS)} ${any(PATHS)}`,
      JSON_TYPE,
      scene.random(2) === 0 ? '' : '{}',
    );
  const cut = scene.random(text.length);
  scene.did(DEPTH);
  await scene.raw(scene.random(2) === 0 ? [text] : [text.slice(0, cut), text.slice(cut)], 300);
}

const chunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
const BODY = '{"user":"hostile-chunks","candidates":["22423"]}';

/** Bodies in chunks: of one byte, without an end, of sizes that are none. */
async function chunks(scene: Scene): Promise<void> {
  const head = requestText(scene.host, 'OPTIONS /v1/rank', { ...JSON_TYPE, 'Transfer-Encoding': 'chunked' });
  const bodies = [
    [...BODY].map(chunk).join('') + '0\r\n\r\n',
    chunk(BODY),
    'zz\r\nabc\r\n0\r\n\r\n',
    'ffffffffffffffffff\r\nabc',
    '-5\r\nabcde\r\n0\r\n\r\n',
    `5;a="b\r\nabcde\r\n0\r\nContent-Length: 5\r\n\r\n`,
    chunk('x'.repeat(2 * 1024 * 1024)) + '0\r\n\r\n',
    '\r\n\r\n0\r\n\r\n',
  ];
  const body = bodies[scene.random(bodies.length)];
  await scene.raw([head.replace('OPTIONS', 'POST'), body], 300);
}

export const httpPipelines: Attack = {
  name: 'http-pipelines',
  what: `${DEPTH} requests of every method one behind the other, and bodies in odd chunks`,
  weight: 0.7,
  run: (scene) =>
    scene.repeat(8, (number, scene) => (number % 3 === 0 ? chunks(scene) : pipeline(scene)), 4_000),
};
