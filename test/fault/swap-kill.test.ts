import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startGateway, temporaryFolder } from '../support/gateway/built-gateway.js';
import { BUNDLE_ITEMS, writeTinyBundle } from '../support/model/tiny-bundles.js';

const USERS = 20;
const EVENTS = 100;

async function call(url: string, path: string, body?: object): Promise<Record<string, unknown>> {
  const sent =
    body === undefined
      ? {}
      : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  return (await (await fetch(url + path, sent)).json()) as Record<string, unknown>;
}

/** Events of one user, the same each time, so that sending them again shows what the gateway has of them. */
function eventsOf(user: number): object[] {
  return Array.from({ length: EVENTS }, (_, i) => ({
    user: `user-${user}`,
    id: `${user}-${i}`,
    e: 'view_item',
    item: `item-${(user * 13 + i) % BUNDLE_ITEMS}`,
  }));
}

async function statusesOf(url: string, user: number): Promise<Set<string>> {
  const { results } = await call(url, '/v1/events', eventsOf(user));
  return new Set((results as { status: string }[]).map(({ status }) => status));
}

test('[D1][D2] a gateway killed while it rebuilds states has every event, serves, and swaps when asked again', async () => {
  const folder = temporaryFolder();
  await writeTinyBundle({ folder: join(folder, 'narrow'), name: 'narrow', width: 4 });
  await writeTinyBundle({ folder: join(folder, 'wide'), name: 'wide', width: 8 });
  const start = async () => {
    const gateway = await startGateway({
      env: { AFTERCLICK_DATA_DIR: join(folder, 'data'), AFTERCLICK_BUNDLE: join(folder, 'narrow') },
      args: ['--bundles-dir', folder, '--shards', '2'],
    });
    onTestFinished(() => gateway.kill());
    return gateway;
  };
  const first = await start();
  for (let user = 0; user < USERS; user++)
    expect(await statusesOf(first.url, user)).toEqual(new Set(['applied']));
  const broken = call(first.url, '/v1/model', { bundle: 'wide', force: true }).catch(() => 'broken off');
  const isRebuilding = async () => {
    const { swap } = await call(first.url, '/v1/model');
    return (swap as { stage?: string } | null)?.stage === 'rebuilding states';
  };
  while (!(await isRebuilding()));
  await first.kill();
  expect(await broken).toBe('broken off');
  const second = await start();
  expect(await call(second.url, '/v1/model')).toMatchObject({ model: 'narrow@1', swap: null });
  for (let user = 0; user < USERS; user++)
    expect(await statusesOf(second.url, user)).toEqual(new Set(['duplicate']));
  expect(await call(second.url, '/v1/model', { bundle: 'wide', force: true })).toMatchObject({
    outcome: 'swapped',
    model: 'wide@1',
  });
  expect(await call(second.url, '/v1/recommend', { user: 'user-1', k: 5 })).toMatchObject({
    model: 'wide@1',
  });
}, 180_000);
