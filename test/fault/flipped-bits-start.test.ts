import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { shardFolder } from '../../shards/store/data-folder.js';
import { openLmdbStore } from '../../shards/store/lmdb/lmdb-store.js';
import { temporaryFolder } from '../support/gateway/built-gateway.js';
import { callJson } from '../support/gateway/http-json.js';
import { startOneShard } from '../support/gateway/one-shard.js';
import { seededRandom } from '../support/random.js';
import { seenIn } from '../support/shards/seen-in.js';

/** Other bits: `FLIP_SEED=n`; more of them: `FLIPS=n`. */
const SEED = Number(process.env['FLIP_SEED'] ?? 1234);
const FLIPS = Number(process.env['FLIPS'] ?? 12);
const USERS = ['ann', 'bob', 'cid', 'dan'];
const ITEMS = 12;
const TIMEOUT_MS = 300_000;

/** What a start made of a folder. */
interface Outcome {
  /** Why it did not start. */
  readonly refusal?: string;
  /** Events that the gateway does not know any more. */
  readonly forgotten?: number;
  /** What was said of damage: lines of the log. */
  readonly told: readonly string[];
}

const EVENTS = USERS.flatMap((user, i) =>
  Array.from({ length: ITEMS }, (_, n) => ({
    user,
    id: `${user}-${n}`,
    e: 'view_item',
    item: `item-${(n + i) % ITEMS}`,
  })),
);

/** States of `EVENTS` that the gateway answers with. */
async function post(url: string): Promise<string[]> {
  const { status, body } = await callJson(url, 'POST', '/v1/events', EVENTS);
  expect(status).toBe(200);
  return (body['results'] as { status: string }[]).map((result) => result.status);
}

async function leftFolder(): Promise<string> {
  const dataDir = temporaryFolder();
  const gateway = await startOneShard(dataDir, () => undefined);
  const items = Array.from({ length: ITEMS }, (_, i) => ({ id: `item-${i}`, category: `category-${i % 3}` }));
  expect((await callJson(gateway.url, 'PUT', '/v1/items', items)).status).toBe(200);
  expect(new Set(await post(gateway.url))).toEqual(new Set(['applied']));
  expect(await gateway.stop()).toBe(0);
  return dataDir;
}

/** Files of a data folder, and how much of each has a content. */
function filesOf(dataDir: string): { readonly path: string; readonly end: number }[] {
  return readdirSync(dataDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'lock.mdb' && entry.name !== 'owner')
    .map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      let end = readFileSync(path).length;
      for (const bytes = readFileSync(path); end > 0 && bytes[end - 1] === 0;) end--;
      return { path: relative(dataDir, path), end };
    })
    .filter(({ end }) => end > 0);
}

async function startOf(dataDir: string): Promise<Outcome> {
  let log = '';
  const told = (): string[] => log.split('\n').filter((line) => /"level":"(warn|error)"/.test(line));
  try {
    const gateway = await startOneShard(dataDir, (text) => (log += text));
    const forgotten = (await post(gateway.url)).filter((state) => state !== 'duplicate').length;
    const isVerified = async (): Promise<boolean> => {
      const { body } = await callJson(gateway.url, 'GET', '/v1/stats');
      return (body['shards'] as { verified: { isDone: boolean } }[]).every(({ verified }) => verified.isDone);
    };
    await expect.poll(isVerified, { timeout: 20_000 }).toBe(true);
    expect(await gateway.stop()).toBe(0);
    return { forgotten, told: told() };
  } catch (error) {
    return { refusal: (error as Error).message, told: told() };
  }
}

async function seenBy(dataDir: string): Promise<number[]> {
  const store = await openLmdbStore({ folder: shardFolder(dataDir, 0) });
  const counts = USERS.map((user) => seenIn(store.user(user) ?? new Uint8Array(0)).size);
  await store.close();
  return counts;
}

test(
  `a flipped bit anywhere in a data folder: the start names it, or serves all that was acknowledged (seed ${SEED})`,
  async () => {
    const dataDir = await leftFolder();
    const random = seededRandom(SEED);
    const files = filesOf(dataDir);
    expect(files.length).toBeGreaterThan(4);
    const counts = { refused: 0, told: 0, meaningless: 0 };
    for (let n = 0; n < FLIPS; n++) {
      const { path, end } = files[n % files.length];
      const at = random(end);
      const bit = random(8);
      const where = `bit ${bit} of byte ${at} of ${path}`;
      const copy = `${dataDir}-${n}`;
      onTestFinished(() => rmSync(copy, { recursive: true, force: true }));
      cpSync(dataDir, copy, { recursive: true });
      const bytes = readFileSync(join(copy, path));
      bytes[at] ^= 1 << bit;
      writeFileSync(join(copy, path), bytes);
      const { refusal, forgotten, told } = await startOf(copy);
      if (refusal !== undefined) {
        // A refusal is one that a person can act on, and no abort.
        expect(refusal, where).toMatch(/The gateway ended with 2 /);
        expect(refusal, where).toMatch(/afterclick cannot start \(\w+\)/);
        counts.refused++;
      } else if (told.length > 0) counts.told++;
      else {
        expect(forgotten, where).toBe(0);
        expect(await seenBy(copy), where).toEqual(USERS.map(() => ITEMS));
        counts.meaningless++;
      }
    }
    process.stderr.write(`${FLIPS} flips in ${files.length} files: ${JSON.stringify(counts)}\n`);
  },
  TIMEOUT_MS,
);
