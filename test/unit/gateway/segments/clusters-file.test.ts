import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  clustersOf,
  keptAfter,
  NONE_KEPT,
  readClusters,
  writeClusters,
} from '../../../../gateway/segments/clusters-file.js';
import { NO_CLUSTERS, type FoundClusters } from '../../../../shards/api.js';
import { temporaryFolder } from '../../../support/store/store-kinds.js';

const DAY_MS = 86_400_000;
const NOW_MS = 1_700_000_000_000;
const TRAITS = [{ trait: 1, share: 0.5, lift: 2 }];

function found(sampled: number, ids: readonly number[], x = 0.6): FoundClusters {
  const clusters = ids.map((id) => ({
    id,
    shoppers: sampled / ids.length,
    centre: [x, -0.8],
    traits: TRAITS,
  }));
  return { clusters, nextId: Math.max(0, ...ids) + 1, sampled, silhouette: 0.3 };
}

const idsOf = ({ clusters }: { clusters: readonly { id: number }[] }): number[] =>
  clusters.map(({ id }) => id);

test('ids and centres of found segments are kept, and nothing of their shoppers', async () => {
  const path = join(temporaryFolder(), 'found-segments.json');
  await writeClusters(path, keptAfter(NONE_KEPT, found(100, [3]), NOW_MS));
  const kept = await readClusters(path);
  expect(kept).toEqual({
    version: 1,
    nextId: 4,
    clusters: [{ id: 3, centre: [0.6, -0.8] }],
    sampled: 100,
    atMs: NOW_MS,
  });
  expect(clustersOf(kept)).toEqual({
    ...NO_CLUSTERS,
    nextId: 4,
    clusters: [{ id: 3, shoppers: 0, centre: [0.6, -0.8], traits: [] }],
  });
});

test('while shoppers come back, clusters of some of them move none of those of before and take no id', () => {
  const before = keptAfter(NONE_KEPT, found(100, [1, 2]), NOW_MS);
  const some = keptAfter(before, found(60, [1, 3], 0.7), NOW_MS + 1_000);
  expect(some).toEqual({
    ...before,
    nextId: 4,
    clusters: [...before.clusters, { id: 3, centre: [0.7, -0.8] }],
  });
  const nobody = keptAfter(some, { ...NO_CLUSTERS, nextId: some.nextId }, NOW_MS + 2_000);
  expect(nobody).toBe(some);
  const all = keptAfter(some, found(90, [1, 2], 0.5), NOW_MS + 3_000);
  expect(idsOf(all)).toEqual([1, 2]);
  expect(all).toMatchObject({ sampled: 90, clusters: [{ centre: [0.5, -0.8] }, { centre: [0.5, -0.8] }] });
});

test.each([DAY_MS, -DAY_MS])('%d ms later whoever is there are all', (later) => {
  const before = keptAfter(NONE_KEPT, found(100, [1, 2]), NOW_MS);
  expect(idsOf(keptAfter(before, found(50, [2]), NOW_MS + later))).toEqual([2]);
});

test('however long shoppers take to come back, what is kept has a bound', () => {
  let kept = keptAfter(NONE_KEPT, found(100, [1, 2]), NOW_MS);
  for (let id = 3; id < 200; id++) kept = keptAfter(kept, found(50, [id]), NOW_MS);
  expect(idsOf(kept).slice(0, 3)).toEqual([1, 2, 3]);
  expect(kept.clusters).toHaveLength(50);
  expect(kept.nextId).toBe(200);
});

test('a file of before these were told is of nobody: the next search is one of all', async () => {
  const path = join(temporaryFolder(), 'found-segments.json');
  await writeFile(path, '{"version":1,"nextId":3,"clusters":[{"id":2,"centre":[0.6,-0.8]}]}');
  expect(idsOf(keptAfter(await readClusters(path), found(40, [2, 3]), NOW_MS))).toEqual([2, 3]);
});

test.each(['', '{', '{"version":2,"nextId":1,"clusters":[]}', '{"version":1,"nextId":0,"clusters":[]}'])(
  'a file that says %j has no clusters: they are looked for again',
  async (text) => {
    const path = join(temporaryFolder(), 'found-segments.json');
    await writeFile(path, text);
    expect(await readClusters(path)).toEqual(NONE_KEPT);
  },
);
