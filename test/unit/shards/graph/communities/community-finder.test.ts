import { expect, test } from 'vitest';
import { CommunityFinder, PASSES_MAX } from '../../../../../shards/graph/communities/community-finder.js';
import { seededRandom } from '../../../../support/random.js';

type Link = readonly [number, number, number];

function found(count: number, links: readonly Link[], begin?: readonly number[]): number[] {
  const finder = new CommunityFinder(32);
  return cut(finder, count, links, begin);
}

function cut(
  finder: CommunityFinder,
  count: number,
  links: readonly Link[],
  begin?: readonly number[],
): number[] {
  finder.links.begin(count);
  for (let node = 0; node < count; node++) finder.community[node] = begin?.[node] ?? node;
  for (const [a, b, weight] of links) finder.links.add(a, b, weight);
  finder.find();
  return [...finder.community.subarray(0, count)];
}

/** Modularity of a cut, by its formula. */
function modularity(count: number, links: readonly Link[], community: readonly number[]): number {
  const degree = Array.from({ length: count }, () => 0);
  let total = 0;
  for (const [a, b, weight] of links) {
    degree[a] += weight;
    degree[b] += weight;
    total += weight;
  }
  let sum = 0;
  for (const [a, b, weight] of links) if (community[a] === community[b]) sum += weight / total;
  for (let a = 0; a < count; a++)
    for (let b = 0; b < count; b++)
      if (community[a] === community[b]) sum -= (degree[a] * degree[b]) / (4 * total * total);
  return sum;
}

const TWO_TRIANGLES: readonly Link[] = [
  [0, 1, 1],
  [1, 2, 1],
  [0, 2, 1],
  [3, 4, 1],
  [4, 5, 1],
  [3, 5, 1],
  [2, 3, 0.2],
];

test('two groups with a weak link between them are two communities, nodes without links by themselves', () => {
  expect(found(8, TWO_TRIANGLES)).toEqual([0, 0, 0, 1, 1, 1, 2, 3]);
});

test('a community that no longer hangs together becomes two', () => {
  expect(found(6, TWO_TRIANGLES.slice(0, 6), [0, 0, 0, 0, 0, 0])).toEqual([0, 0, 0, 1, 1, 1]);
});

test('a graph without links, and one without nodes', () => {
  expect(found(3, [])).toEqual([0, 1, 2]);
  expect(found(0, [])).toEqual([]);
});

test('a node that gains alike in two communities moves to the one of the lower number, whomever it is linked to first', () => {
  const links: Link[] = [
    [0, 3, 2],
    [1, 2, 2],
    [4, 0, 1],
    [4, 1, 1],
    [5, 6, 3],
  ];
  // By then 0 is with 3 and 1 with 2.
  expect(found(7, links)).toEqual([0, 1, 1, 0, 1, 2, 2]);
});

test('what was cut before leaves no trace in what is cut after it', () => {
  const finder = new CommunityFinder(32);
  cut(finder, 6, TWO_TRIANGLES);
  expect(cut(finder, 4, [[0, 1, 1]])).toEqual([0, 0, 1, 2]);
});

test('of the best cut of 200 small graphs it reaches nearly all the modularity', () => {
  const random = seededRandom(3);
  let reached = 0;
  let best = 0;
  for (let graph = 0; graph < 200; graph++) {
    const links: Link[] = [];
    for (let a = 0; a < 6; a++)
      for (let b = a + 1; b < 6; b++) if (random(10) < 5) links.push([a, b, 1 + random(4)]);
    if (links.length === 0) continue;
    reached += modularity(6, links, found(6, links));
    best += Math.max(...partitions(6).map((cut) => modularity(6, links, cut)));
  }
  expect(reached / best).toBeGreaterThan(0.95);
});

test('nodes move in a bounded number of rounds, however many would like to', () => {
  const chain: Link[] = Array.from({ length: 31 }, (_, i) => [i, i + 1, 1 + ((i * 7) % 5)] as const);
  expect(PASSES_MAX).toBe(8);
  expect(new Set(found(32, chain)).size).toBeGreaterThan(2);
});

/** All ways to cut `count` nodes, as restricted growth strings. */
function partitions(count: number): number[][] {
  let cuts: number[][] = [[]];
  for (let node = 0; node < count; node++)
    cuts = cuts.flatMap((cut) =>
      Array.from({ length: Math.max(-1, ...cut) + 2 }, (_, community) => [...cut, community]),
    );
  return cuts;
}
