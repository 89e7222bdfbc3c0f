import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGateway, type BuiltGateway } from '../support/gateway/built-gateway.js';
import { WsClient } from '../support/gateway/ws-client.js';

const SECRET = 'sentinel-of-the-shared-secret-0123456789';
let gateway: BuiltGateway;
let logged = '';

beforeAll(async () => {
  gateway = await startGateway({ env: { AFTERCLICK_TOKEN_SECRET: SECRET, AFTERCLICK_LOG_LEVEL: 'trace' } });
  gateway.process.stderr?.on('data', (chunk: Buffer) => (logged += chunk.toString()));
});
afterAll(async () => {
  await gateway?.stop();
});

function token(scope: string, claims: object = {}): Promise<string> {
  const payload = { scope, sub: 'ada', exp: Date.now() / 1_000 + 600, ...claims };
  return new SignJWT(payload).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(SECRET));
}

/** Text of all files below a folder. */
function textsIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => readFileSync(join(file.parentPath, file.name), 'latin1'));
}

test('no secret and no token stands in an answer, a metric, the log, or the data folder and its snapshots', async () => {
  const [shop, operate, expired] = [
    await token('shop'),
    await token('operate'),
    await token('shop', { exp: 1 }),
  ];
  const said: string[] = [];
  const call = async (path: string, bearer: string, method = 'GET') => {
    const headers = { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' };
    const answer = await fetch(gateway.url + path, { method, headers });
    said.push(await answer.text());
    return answer.status;
  };
  const good = await WsClient.hello(gateway.url, { token: shop });
  await good.click(1, '22423');
  await good.next('ack');
  const bad = await WsClient.open(gateway.url);
  bad.send({ t: 'hello', token: expired });
  expect(await bad.closed()).toBe(4002);
  said.push(JSON.stringify([good.inbox, bad.inbox]));
  expect(await call('/v1/model', shop)).toBe(403);
  expect(await call('/v1/model', expired)).toBe(401);
  expect(await call('/v1/model', `${operate}x`)).toBe(401);
  expect(await call('/v1/snapshots', operate, 'POST')).toBe(201);
  expect(await call('/metrics', operate)).toBe(200);
  good.drop();
  const kept = [...said, logged, ...textsIn(gateway.dataDir)].join('\n');
  expect(kept).toContain('afterclick_peers_refused_total');
  for (const secret of [SECRET, shop, operate, expired].flatMap((text) => [
    text,
    text.split('.').at(-1) ?? text,
  ]))
    expect(kept.includes(secret)).toBe(false);
});
