import { expect, test } from 'vitest';
import { shardFolder } from '../../shards/store/data-folder.js';
import { readName } from '../../shards/store/keys.js';
import { openLmdbStore } from '../../shards/store/lmdb/lmdb-store.js';
import { temporaryFolder, type BuiltGateway } from '../support/gateway/built-gateway.js';
import { startOneShard } from '../support/gateway/one-shard.js';
import { callJson } from '../support/gateway/http-json.js';
import { seenIn } from '../support/shards/seen-in.js';
import { flipInJournal, flipRows } from '../support/store/damage-store.js';

const USERS = ['ann', 'bob', 'cid', 'dan'];

/** A gateway of one shard, and the lines of its log. */
async function start(dataDir: string): Promise<{ gateway: BuiltGateway; log: () => string[] }> {
  let text = '';
  const gateway = await startOneShard(dataDir, (more) => (text += more));
  return { gateway, log: () => text.split('\n').filter((line) => line.includes('a record was set aside')) };
}

/** One event, which is durable then, in a write of its own. */
async function view(url: string, user: string, item: string): Promise<void> {
  const event = { user, id: item, e: 'view_item', item };
  const { status, body } = await callJson(url, 'POST', '/v1/events', event);
  expect([status, body['results']]).toMatchObject([200, [{ status: 'applied' }]]);
}

/** Items that the stored states say the users have seen; nothing has the folder open. */
async function seenBy(dataDir: string): Promise<number[][]> {
  const store = await openLmdbStore({ folder: shardFolder(dataDir, 0) });
  const seen = USERS.map((user) => [...seenIn(store.user(user)!)].sort());
  await store.close();
  return seen;
}

async function setAsideCount(url: string, kind: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const line = new RegExp(`^afterclick_records_set_aside_total\\{[^}]*kind="${kind}"[^}]*\\} (\\d+)$`, 'gm');
  return [...text.matchAll(line)].reduce((sum, [, count]) => sum + Number(count), 0);
}

interface ShardStats {
  readonly setAside: { readonly owedUsers: number; readonly latest: readonly { readonly key: string[] }[] };
  readonly verified: { readonly isDone: boolean };
}

async function statsOf(url: string): Promise<ShardStats> {
  const { body } = await callJson(url, 'GET', '/v1/stats');
  return (body['shards'] as ShardStats[])[0];
}

test('[D1] of a damaged segment the entries are named, its users are made anew from what is whole, and the others are served', async () => {
  const dataDir = temporaryFolder();
  const first = await start(dataDir);
  const { url } = first.gateway;
  for (let i = 0; i < 8; i++)
    expect((await callJson(url, 'PUT', '/v1/items', [{ id: `item-${i}` }])).status).toBe(200);
  // Bob's second event is the only one whose id the journal spells so.
  for (const [i, user] of USERS.entries()) await view(url, user, `item-${i}`);
  await view(url, 'bob', 'item-7');
  for (const user of USERS) await view(url, user, 'item-6');
  await first.gateway.stop();
  const folder = shardFolder(dataDir, 0);
  expect(flipInJournal(folder, 'item-7')).toBe(1);
  const isStruck = (key: Buffer): boolean => ['ann', 'bob'].includes(readName(key));
  expect(await flipRows(folder, 'users', (keys) => keys.filter(isStruck))).toBe(2);

  const damaged = await start(dataDir);
  const at = damaged.gateway.url;
  expect((await callJson(at, 'GET', '/readyz')).status).toBe(200);
  await expect.poll(async () => (await statsOf(at)).verified.isDone, { timeout: 20_000 }).toBe(true);
  for (const user of USERS) await view(at, user, 'item-5');
  expect([await setAsideCount(at, 'user'), await setAsideCount(at, 'journal')]).toEqual([2, 1]);
  const stats = await statsOf(at);
  expect(stats.setAside.owedUsers).toBe(2);
  expect(stats.setAside.latest.map(({ key }) => key[0]).sort()).toEqual(['4', 'ann', 'bob']);
  await expect.poll(damaged.log).toHaveLength(3);
  for (const named of ['"user","names":["ann"]', '"user","names":["bob"]', '"journal","names":["4"]'])
    expect(damaged.log().filter((line) => line.includes(`"kind":${named}`))).toHaveLength(1);
  // Who was made anew has all that was whole, and what came since; a crash takes nothing of that away.
  await damaged.gateway.kill();

  const again = await start(dataDir);
  expect((await statsOf(again.gateway.url)).setAside.owedUsers).toBe(0);
  expect(await again.gateway.stop()).toBe(0);
  expect(await seenBy(dataDir)).toEqual([
    [0, 5, 6],
    [1, 5, 6],
    [2, 5, 6],
    [3, 5, 6],
  ]);
}, 60_000);
