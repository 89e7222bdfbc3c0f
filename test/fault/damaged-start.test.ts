import { expect, onTestFinished, test } from 'vitest';
import { shardFolder } from '../../shards/store/data-folder.js';
import { encodeRecord } from '../../shards/store/journal-record.js';
import { openLmdbStore } from '../../shards/store/lmdb/lmdb-store.js';
import { EVENT_KIND } from '../../model/scorer/event-kinds.js';
import { startGateway, temporaryFolder, type BuiltGateway } from '../support/gateway/built-gateway.js';
import { flipInJournal, flipRows } from '../support/store/damage-store.js';

const SHARDS = 2;
const USERS = 600;
/** Damaged states, and damaged journal records, over all shards. */
const DAMAGED = 500;

interface Stats {
  readonly shards: readonly {
    readonly state: string;
    readonly setAside: {
      readonly counts: Readonly<Record<string, number>>;
      readonly owedUsers: number;
      readonly latest: readonly {
        readonly kind: string;
        readonly key: readonly string[];
        readonly reason: string;
      }[];
    };
    readonly verified: { readonly rows: number; readonly isDone: boolean };
  }[];
}

async function timedStart(dataDir: string): Promise<{ gateway: BuiltGateway; ms: number }> {
  const startedMs = performance.now();
  const gateway = await startGateway({
    env: {
      AFTERCLICK_DATA_DIR: dataDir,
      AFTERCLICK_SHARDS: String(SHARDS),
      AFTERCLICK_BUNDLE: 'none',
      AFTERCLICK_LOG_LEVEL: 'silent',
    },
  });
  onTestFinished(() => gateway.kill());
  return { gateway, ms: performance.now() - startedMs };
}

async function send(url: string, path: string, method: string, lines: readonly object[]): Promise<unknown> {
  const response = await fetch(url + path, {
    method,
    body: lines.map((line) => JSON.stringify(line)).join('\n'),
    headers: { 'content-type': 'application/x-ndjson' },
  });
  expect(response.status).toBe(200);
  return response.json();
}

/** One view of every user; resolves when all are durable. */
async function clickAll(url: string, round: number): Promise<void> {
  const events = Array.from({ length: USERS }, (_, i) => ({
    user: `user-${i}`,
    id: `click-${round}`,
    e: 'view_item',
    item: `item-${(i + round) % 50}`,
  }));
  const { results } = (await send(url, '/v1/events', 'POST', events)) as { results: { status: string }[] };
  expect(new Set(results.map(({ status }) => status))).toEqual(new Set(['applied']));
}

async function statsOf(url: string): Promise<Stats> {
  const response = await fetch(`${url}/v1/stats`);
  expect(response.status).toBe(200);
  return (await response.json()) as Stats;
}

function sumOf({ shards }: Stats, kind: string): number {
  return shards.reduce((sum, { setAside }) => sum + (setAside.counts[kind] ?? 0), 0);
}

async function damage(dataDir: string): Promise<void> {
  for (let shard = 0; shard < SHARDS; shard++) {
    const folder = shardFolder(dataDir, shard);
    const store = await openLmdbStore({ folder });
    for (let i = 0; i < DAMAGED / SHARDS; i++)
      // One group each: a damaged one has sound ones around it.
      for (const user of [`lost-${i}`, `kept-${i}`]) {
        const bytes = encodeRecord([anEventOf(user)]);
        await store.commit({ journal: { count: 1, bytes }, rowsFollow: true });
      }
    await store.close();
    expect(flipInJournal(folder, 'lost-')).toBe(DAMAGED / SHARDS);
    expect(await flipRows(folder, 'users', (keys) => keys.slice(-DAMAGED / SHARDS))).toBe(DAMAGED / SHARDS);
  }
}

function anEventOf(user: string) {
  const fields = { session: '', seq: 0, value: 0, quantity: 1, query: '', hits: [], eventId: '' };
  return { user, kind: EVENT_KIND.view_item, tsMs: 1_760_000_000_000, items: [1], ...fields };
}

test('a start with 1,000 damaged records serves everybody, names them, and makes up for the states at the next one', async () => {
  const dataDir = temporaryFolder();
  const first = await timedStart(dataDir);
  const items = Array.from({ length: 50 }, (_, i) => ({ id: `item-${i}`, price: i }));
  await send(first.gateway.url, '/v1/items', 'PUT', items);
  await clickAll(first.gateway.url, 1);
  await first.gateway.stop();
  const sound = await timedStart(dataDir);
  expect(sumOf(await statsOf(sound.gateway.url), 'user')).toBe(0);
  await sound.gateway.stop();
  await damage(dataDir);

  const damaged = await timedStart(dataDir);
  await clickAll(damaged.gateway.url, 2);
  expect((await fetch(`${damaged.gateway.url}/readyz`)).status).toBe(200);
  const isVerified = async () =>
    (await statsOf(damaged.gateway.url)).shards.every(({ verified }) => verified.isDone);
  await expect.poll(isVerified, { timeout: 30_000 }).toBe(true);
  const stats = await statsOf(damaged.gateway.url);
  expect([sumOf(stats, 'user'), sumOf(stats, 'journal')]).toEqual([DAMAGED, DAMAGED]);
  expect(stats.shards.reduce((sum, { setAside }) => sum + setAside.owedUsers, 0)).toBe(DAMAGED);
  for (const { setAside, state } of stats.shards) {
    expect(state).toBe('serving');
    expect(setAside.latest).toHaveLength(20);
    expect(setAside.latest[0].reason).toMatch(/checksum|damaged/);
  }
  await damaged.gateway.stop();

  const again = await timedStart(dataDir);
  const mended = await statsOf(again.gateway.url);
  expect([sumOf(mended, 'user'), sumOf(mended, 'journal')]).toEqual([DAMAGED, DAMAGED]);
  expect(mended.shards.map(({ setAside }) => setAside.owedUsers)).toEqual([0, 0]);
  await clickAll(again.gateway.url, 3);
  await again.gateway.stop();
  process.stderr.write(
    `start: sound ${Math.round(sound.ms)} ms, with 1,000 damaged records ${Math.round(damaged.ms)} ms, ` +
      `the next, which makes ${DAMAGED} users anew, ${Math.round(again.ms)} ms\n`,
  );
}, 120_000);
