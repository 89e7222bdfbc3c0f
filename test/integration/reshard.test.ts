import { spawn } from 'node:child_process';
import { named, visitor } from '../../shards/store/user-key.js';
import { existsSync, readdirSync, watch } from 'node:fs';
import { join } from 'node:path';
import { builtFile } from '../support/built.js';
import { expect, onTestFinished, test } from 'vitest';
import { keeperOfPage } from '../../shards/graph/interactions/interaction-pages.js';
import { INTERACTION_DEFAULTS } from '../../shards/graph/interactions/interaction-buffers.js';
import { shardOf } from '../../shards/reshard/placement.js';
import { shardFolder } from '../../shards/store/data-folder.js';
import { openLmdbStore } from '../../shards/store/lmdb/lmdb-store.js';
import { decodeEvents } from '../../shards/store/journal-record.js';
import type { ShardStore } from '../../shards/store/store.js';
import { startGateway, type BuiltGateway } from '../support/gateway/built-gateway.js';
import { BuiltPool } from '../support/shards/built-pool.js';
import { seededRandom } from '../support/random.js';
import { anEvent } from '../support/shards/shard-calls.js';
import { ITEMS } from '../support/shards/shard-harness.js';
import { Shopper } from '../support/gateway/shopper.js';
import { temporaryFolder } from '../support/store/store-kinds.js';

const GATEWAY = builtFile('gateway/main.js');
const USERS = Array.from({ length: 300 }, (_, i) => `user-${i}`);
/** Visitors who sign in as the user of the same number. */
const VISITORS = Array.from({ length: 12 }, (_, i) => `visitor-${i}`);
/** Events of a user in each of their two sessions, before the first move. */
const FIRST_EVENTS = 2;

/** Users whose events are taken together. */
const AT_ONCE = 20;

const itemOf = (user: string) => Number(user.split('-')[1]) % ITEMS;
const keyOf = (user: string) =>
  anEvent({ on: [itemOf(user)], eventId: `order of ${user}`, tsMs: Date.now() });

async function startPool(dataDir: string, shards: number): Promise<BuiltPool> {
  const built = await BuiltPool.start(dataDir, { shards, usersHot: 1_024 });
  onTestFinished(() => built.pool.stop());
  return built;
}

async function fill(built: BuiltPool): Promise<void> {
  const { pool } = built;
  for (const session of VISITORS) {
    const opened = await built.openVisitor(session);
    await built.send(opened, anEvent({ seq: 1, on: [itemOf(session) + 20] }));
    pool.close(opened.session);
  }
  const opened = await Promise.all(
    USERS.map((user, i) =>
      pool.open(named(user), 'first', i < VISITORS.length ? visitor(VISITORS[i]) : undefined),
    ),
  );
  await someAtOnce(opened, (each, i) =>
    built.deliver(
      each,
      Array.from({ length: FIRST_EVENTS }, (_, n) =>
        anEvent({ seq: n + 1, on: [(itemOf(USERS[i]) + 7 * n) % ITEMS] }),
      ),
    ),
  );
  await someAtOnce(USERS, (user) => pool.eventsFor(named(user), [keyOf(user)]));
}

/** Of all at once a shard would refuse some: that is too much load. */
async function someAtOnce<T>(
  all: readonly T[],
  work: (one: T, i: number) => Promise<unknown>,
): Promise<void> {
  for (let from = 0; from < all.length; from += AT_ONCE)
    await Promise.all(all.slice(from, from + AT_ONCE).map((one, n) => work(one, from + n)));
}

/** Asks for everything that a user was promised to be remembered, and clicks once more in their session. */
async function expectRemembered(built: BuiltPool, seq: number): Promise<void> {
  const { pool } = built;
  const opened = await Promise.all(USERS.map((user) => pool.open(named(user), 'first')));
  expect(opened.map((each) => each.seq)).toEqual(USERS.map(() => seq));
  await someAtOnce(opened, async (each, i) => {
    const seen = itemOf(USERS[i]);
    const fresh = (seen + 31) % ITEMS;
    expect(await built.rank({ by: each, of: [seen, fresh], slot: { excludeSeen: 2 } })).toEqual([fresh]);
    expect(await pool.eventsFor(named(USERS[i]), [keyOf(USERS[i])])).toEqual(['duplicate']);
    // Another event under a seq that was used does not count.
    pool.event(each.channel, each.session, anEvent({ seq, on: [1] }));
    await built.deliver(each, [anEvent({ seq: seq + 1, on: [(seen + 2 + seq) % ITEMS] })]);
  });
  for (const [i, session] of VISITORS.entries()) {
    expect(await pool.openVisitor(visitor(session))).toEqual({ mergedSeq: 1 });
    const again = await pool.open(named(USERS[i]), session);
    expect(again.seq).toBe(1);
    const merged = itemOf(session) + 20;
    expect(await built.rank({ by: again, of: [merged, 59], slot: { excludeSeen: 2 } })).toEqual([59]);
  }
}

interface Found {
  readonly users: ReadonlyMap<string, string>;
  readonly pages: readonly string[];
  readonly events: number;
}

async function read(folder: string): Promise<Found> {
  const store: ShardStore = await openLmdbStore({ folder });
  const found = {
    users: new Map(
      Array.from(
        store.users(),
        ({ userId, bytes }) => [userId, Buffer.from(bytes).toString('base64')] as const,
      ),
    ),
    pages: Array.from(store.blobs('interactions/'), ({ key }) => key),
    events: Array.from(store.journal.from(0), ({ bytes }) => decodeEvents(bytes).length).reduce(
      (sum, count) => sum + count,
      0,
    ),
  };
  await store.close();
  return found;
}

/** What the stores of a stopped pool hold; all of it where it belongs. */
async function readPlaced(dataDir: string, shards: number): Promise<Found[]> {
  const found: Found[] = [];
  for (let shard = 0; shard < shards; shard++) {
    const store = await read(shardFolder(dataDir, shard));
    expect([...store.users.keys()].sort()).toEqual(
      USERS.filter((user) => shardOf(user, shards) === shard).sort(),
    );
    for (const key of store.pages) {
      if (key === 'interactions/position') continue;
      expect(keeperOfPage(key, INTERACTION_DEFAULTS.sessions, shards)).toBe(shard);
    }
    found.push(store);
  }
  expect(existsSync(shardFolder(dataDir, shards))).toBe(false);
  return found;
}

test('[D2][D4] users follow the number of shards, 1 → 2 → 3 → 2 → 1, with all they are remembered for', async () => {
  const dataDir = temporaryFolder();
  const first = await startPool(dataDir, 1);
  await fill(first);
  await first.pool.stop();
  let seq = FIRST_EVENTS;
  let before = await readPlaced(dataDir, 1);
  for (const shards of [2, 3, 2, 1]) {
    const moved = await startPool(dataDir, shards);
    await moved.pool.stop();
    const after = await readPlaced(dataDir, shards);
    const stayed = USERS.filter((user) => shardOf(user, before.length) === shardOf(user, shards));
    const share = 1 - stayed.length / USERS.length;
    expect(Math.abs(share - 1 / Math.max(shards, before.length))).toBeLessThan(0.1);
    for (const user of stayed) {
      const shard = shardOf(user, shards);
      expect(after[shard].users.get(user)).toBe(before[shard].users.get(user));
    }
    const pages = (stores: readonly Found[]) => new Set(stores.flatMap((store) => store.pages));
    expect([...pages(after)].sort()).toEqual([...pages(before)].sort());
    const built = await startPool(dataDir, shards);
    await expectRemembered(built, seq++);
    await built.pool.stop();
    before = await readPlaced(dataDir, shards);
  }
  const retired = readdirSync(join(dataDir, 'retired'));
  expect(retired.map((name) => name.slice(0, 7)).sort()).toEqual(['shard-1', 'shard-2']);
  const journals = await Promise.all(retired.map((name) => read(join(dataDir, 'retired', name))));
  expect(journals.every(({ users, events }) => users.size === 0 && events > 0)).toBe(true);
  const events = [before[0], ...journals].reduce((sum, store) => sum + store.events, 0);
  expect(events).toBe(VISITORS.length + USERS.length * (FIRST_EVENTS + 1 + 4));
}, 120_000);

async function gatewayOf(dataDir: string, shards: number): Promise<BuiltGateway> {
  const gateway = await startGateway({
    env: {
      AFTERCLICK_DATA_DIR: dataDir,
      AFTERCLICK_BUNDLE: 'none',
      AFTERCLICK_LOG_LEVEL: 'error',
    },
    args: ['--shards', String(shards)],
  });
  onTestFinished(() => gateway.kill());
  return gateway;
}

/** Starts a gateway and kills it at the given change of a name in its data folder, or when it is ready. */
function startAndKill(dataDir: string, shards: number, changes: number): Promise<void> {
  const child = spawn(process.execPath, [GATEWAY, '--shards', String(shards)], {
    env: {
      ...process.env,
      AFTERCLICK_PORT: '0',
      AFTERCLICK_DATA_DIR: dataDir,
      AFTERCLICK_BUNDLE: 'none',
      AFTERCLICK_LOG_LEVEL: 'error',
    },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const watcher = watch(dataDir, () => {
    if (--changes <= 0) child.kill('SIGKILL');
  });
  child.stdout.once('data', () => child.kill('SIGKILL'));
  return new Promise((resolve) => {
    child.once('exit', () => {
      watcher.close();
      resolve();
    });
  });
}

async function putItems(url: string): Promise<void> {
  const items = Array.from({ length: 50 }, (_, i) => JSON.stringify({ id: `item-${i}`, price: 1 + i }));
  const response = await fetch(`${url}/v1/items`, {
    method: 'PUT',
    body: items.join('\n'),
    headers: { 'content-type': 'application/x-ndjson' },
  });
  expect(response.status).toBe(200);
}

/** Connects everybody again: `seq` is exact, lists know the clicks; then each clicks once more. */
async function resume(gateway: BuiltGateway, shoppers: readonly Shopper[]): Promise<void> {
  for (const shopper of shoppers) {
    const { seq } = await shopper.connect(gateway.url);
    expect(seq).toBe(shopper.clicks.length);
    const { ids } = await shopper.latestList();
    expect(ids.filter((id) => shopper.clicks.includes(id))).toEqual([]);
    shopper.click(`item-${shopper.clicks.length}`);
    await shopper.settled();
  }
}

test('[D1][D4] a gateway started with another --shards resumes every session, after a stop in order and after kill -9', async () => {
  const dataDir = temporaryFolder();
  const shoppers = Array.from({ length: 12 }, (_, i) => new Shopper(`shopper-${i}`));
  const first = await gatewayOf(dataDir, 1);
  await putItems(first.url);
  await resume(first, shoppers);
  expect(await first.stop()).toBe(0);
  const second = await gatewayOf(dataDir, 2);
  await resume(second, shoppers);
  await second.kill();
  for (const shopper of shoppers) await shopper.broken();
  const third = await gatewayOf(dataDir, 3);
  await resume(third, shoppers);
  expect(await third.stop()).toBe(0);
  const last = await gatewayOf(dataDir, 1);
  await resume(last, shoppers);
}, 60_000);

test('[D1][D4] a gateway killed again and again while users move loses nobody', async () => {
  const dataDir = temporaryFolder();
  const random = seededRandom(11);
  const shoppers = Array.from({ length: 8 }, (_, i) => new Shopper(`shopper-${i}`));
  const first = await gatewayOf(dataDir, 2);
  await putItems(first.url);
  await resume(first, shoppers);
  await first.kill();
  for (const shopper of shoppers) await shopper.broken();
  for (let round = 0; round < 9; round++) await startAndKill(dataDir, 1 + (round % 3), 1 + random(12));
  const last = await gatewayOf(dataDir, 2);
  await resume(last, shoppers);
}, 60_000);
