import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Random } from '../../model/train/random-numbers.js';
import { startGateway } from '../support/gateway/built-gateway.js';
import { callJson } from '../support/gateway/http-json.js';
import { postUntilTaken } from '../support/gateway/post-until-taken.js';

const HOUR_MS = 3_600_000;
/** What shoppers of two kinds look at: tea sets, and lunch bags. */
const TASTES = [
  ['22697', '22698', '22699', '22423', '23160', '23161', '23162', '22649'],
  ['20725', '20726', '20727', '20728', '22382', '22383', '22384', '22662'],
];
const SHOPPERS = 50;
const VISITS = [4, 3, 2, 1];
const CLICKS = [0, 1, 2];

interface Found {
  readonly id: number;
  readonly name: string;
  readonly shoppers: number;
  readonly traits: readonly { readonly value: string; readonly share: number; readonly lift: number }[];
}

/** Ids that a first search does not give. */
const LATER = 1_000;
const ENV = {
  AFTERCLICK_SHARDS: '2',
  AFTERCLICK_SEGMENTS_FOUND_EVERY_MS: '300',
  AFTERCLICK_COMMUNITIES_EVERY_MS: '0',
};

/** The segments, once all shoppers are in one. */
async function foundSegments(url: string): Promise<readonly Found[]> {
  let found: readonly Found[] = [];
  await expect
    .poll(
      async () => {
        const { body } = await callJson(url, 'GET', '/v1/segments');
        found = body['found'] as readonly Found[];
        return found.reduce((sum, { shoppers }) => sum + shoppers, 0);
      },
      { timeout: 60_000 },
    )
    .toBe(TASTES.length * SHOPPERS);
  return found;
}

const idsOf = (found: readonly Found[]): number[] => found.map(({ id }) => id).toSorted((a, b) => a - b);

test('shoppers who want the like are a segment that nobody named, told by what sets them apart', async () => {
  const gateway = await startGateway({ env: ENV });
  const nowMs = Date.now();
  const random = new Random(3);
  const events = TASTES.flatMap((items, taste) =>
    Array.from({ length: SHOPPERS }, (_, n) => `shopper-${taste}-${n}`).flatMap((user) =>
      // What a visit was about joins the long-term interest when the next one begins.
      VISITS.flatMap((hours) =>
        CLICKS.map((click) => ({
          id: `${hours}-${click}`,
          user,
          e: 'view_item',
          item: items[random.below(items.length)],
          ts: nowMs - hours * HOUR_MS + click,
        })),
      ),
    ),
  );
  await postUntilTaken(gateway.url, events);
  const found = await foundSegments(gateway.url);
  // Tastes may fall into several segments, but no segment has both.
  const kinds = found.map(({ traits }) => {
    const text = traits.map(({ value }) => value.toLowerCase()).join(' ');
    return [/tea|cup|kitchen|regency/.test(text), /bag/.test(text)];
  });
  expect(kinds).toContainEqual([true, false]);
  expect(kinds).toContainEqual([false, true]);
  expect(kinds).not.toContainEqual([true, true]);
  for (const { name, traits } of found) {
    expect(name).not.toBe('');
    for (const { share, lift } of traits) expect([share > 0.1, lift > 1]).toEqual([true, true]);
  }
  await gateway.stop();
  // What a segment is called by is the folder's: once its shoppers are there again, it has the id that stands there.
  const file = join(gateway.dataDir, 'found-segments.json');
  const kept = JSON.parse(await readFile(file, 'utf8')) as { nextId: number; clusters: { id: number }[] };
  for (const cluster of kept.clusters) cluster.id += LATER;
  kept.nextId += LATER;
  await writeFile(file, JSON.stringify(kept));
  const next = await startGateway({ env: { ...ENV, AFTERCLICK_DATA_DIR: gateway.dataDir } });
  const users = [...new Set(events.map(({ user }) => user))];
  for (const user of users) await callJson(next.url, 'POST', '/v1/recommend', { user });
  expect(idsOf(await foundSegments(next.url))).toEqual(idsOf(found).map((id) => id + LATER));
  await next.stop();
}, 180_000);
