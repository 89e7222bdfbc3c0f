import { expect, test } from 'vitest';
import { Random } from '../../../../model/train/random-numbers.js';
import {
  NO_CLUSTERS,
  type ClusterTask,
  type FoundClusters,
} from '../../../../shards/clusters/found-clusters.js';
import { shopperClusters } from '../../../../shards/clusters/shopper-clusters.js';

const WIDTH = 16;
/** A trait of everybody, one of each group, and one that is dealt by lot. */
const COMMON = 100;
const BY_LOT = 200;

/** Shoppers of groups, each around an axis of its own; `spread` 0 is on it. */
function shoppers(
  sizes: readonly number[],
  spread: number,
  seed = 5,
): Pick<ClusterTask, 'vectors' | 'traits' | 'width'> {
  const random = new Random(seed);
  const groups = sizes.flatMap((size, group) => Array.from({ length: size }, () => group));
  const vectors = new Float32Array(groups.length * WIDTH);
  const traits = groups.map((group, shopper) => {
    const vector = vectors.subarray(shopper * WIDTH, (shopper + 1) * WIDTH);
    for (let d = 0; d < WIDTH; d++) vector[d] = (d === group ? 1 : 0) + spread * random.normal();
    const length = Math.hypot(...vector);
    for (let d = 0; d < WIDTH; d++) vector[d] /= length;
    return [COMMON, ...(random.uniform() < 0.8 ? [group] : []), ...(random.uniform() < 0.5 ? [BY_LOT] : [])];
  });
  return { width: WIDTH, vectors, traits };
}

const find = (task: Pick<ClusterTask, 'vectors' | 'traits' | 'width'>, before = NO_CLUSTERS): FoundClusters =>
  shopperClusters({ ...task, before });

test('groups that are there are found, as many as there are, each told by what only its shoppers have', () => {
  const { clusters, sampled, silhouette, nextId } = find(shoppers([120, 80, 50], 0.08));
  expect(sampled).toBe(250);
  expect(silhouette).toBeGreaterThan(0.5);
  expect(clusters.map(({ id, shoppers: size }) => [id, size])).toEqual([
    [1, 120],
    [2, 80],
    [3, 50],
  ]);
  expect(nextId).toBe(4);
  expect(clusters.map(({ traits }) => traits.map(({ trait }) => trait))).toEqual([[0], [1], [2]]);
  const [{ share, lift }] = clusters[2].traits;
  expect(share).toBeGreaterThan(0.6);
  expect(lift).toBeCloseTo(5, 1);
});

test('where there are no groups there are no segments, nor where there are few shoppers', () => {
  const random = new Random(7);
  const vectors = Float32Array.from({ length: 400 * WIDTH }, () => random.normal());
  for (let i = 0; i < 400; i++) {
    const vector = vectors.subarray(i * WIDTH, (i + 1) * WIDTH);
    const length = Math.hypot(...vector);
    for (let d = 0; d < WIDTH; d++) vector[d] /= length;
  }
  expect(find({ width: WIDTH, vectors, traits: Array.from({ length: 400 }, () => []) })).toMatchObject({
    clusters: [],
    sampled: 400,
  });
  expect(find(shoppers([15, 15], 0.05)).clusters).toEqual([]);
  expect(find({ width: 0, vectors: new Float32Array(0), traits: [] })).toMatchObject({
    sampled: 0,
    clusters: [],
  });
});

test('a segment keeps its id while its shoppers want the like, whatever its size; a new one has a new one', () => {
  const first = find(shoppers([120, 80, 50], 0.08));
  const second = find(shoppers([60, 80, 140, 90], 0.08, 6), first);
  expect(second.clusters.map(({ id, shoppers: size }) => [id, size])).toEqual([
    [3, 140],
    [4, 90],
    [2, 80],
    [1, 60],
  ]);
  expect(second.nextId).toBe(5);
});

test('vectors of another model begin anew', () => {
  const first = find(shoppers([120, 80], 0.08));
  const narrow = { ...shoppers([120, 80], 0.08) };
  const half = new Float32Array(200 * 8);
  for (let i = 0; i < 200; i++) half.set(narrow.vectors.subarray(i * WIDTH, i * WIDTH + 8), i * 8);
  const second = find({ width: 8, vectors: half, traits: narrow.traits }, first);
  expect(second.clusters.map(({ id }) => id)).toEqual([3, 4]);
});

test('of two that one of before could be, the nearer one is it', () => {
  const before = find(shoppers([120, 80], 0.08));
  // The larger of what group 0 has fallen into is further from it than the smaller one.
  const task = shoppers([90, 60, 80], 0.05);
  const split = { ...task, vectors: task.vectors.slice() };
  for (let shopper = 0; shopper < 150; shopper++) {
    const vector = split.vectors.subarray(shopper * WIDTH, (shopper + 1) * WIDTH);
    [vector[0], vector[1], vector[2]] = shopper < 90 ? [0.85, 0, 0.53] : [0.95, 0, -0.31];
  }
  for (let shopper = 150; shopper < 230; shopper++) {
    const vector = split.vectors.subarray(shopper * WIDTH, (shopper + 1) * WIDTH);
    [vector[1], vector[2]] = [vector[2], vector[1]];
  }
  const { clusters } = find(split, before);
  expect(clusters.map(({ id, shoppers: size }) => [id, size])).toEqual([
    [3, 90],
    [2, 80],
    [1, 60],
  ]);
});
