import { expect, test } from 'vitest';
import { Random } from '../../../../model/train/random-numbers.js';
import { mutualInformation } from '../../../../shards/communities/agreement.js';
import { hangingTogether, louvain, modularityOf } from '../../../../shards/communities/louvain.js';
import { LinkRows, type WeightedLinks } from '../../../../shards/communities/weighted-links.js';

function graphOf(count: number, links: readonly (readonly [number, number, number?])[]): WeightedLinks {
  const rows = new LinkRows(count);
  for (const [a, b] of links) rows.count(a, b);
  for (const [a, b, weight = 1] of links) rows.put(a, b, weight);
  return rows.links();
}

/** Two triangles and one link between them. */
const TRIANGLES = graphOf(6, [
  [0, 1],
  [1, 2],
  [2, 0],
  [3, 4],
  [4, 5],
  [5, 3],
  [2, 3],
]);

/** `groups` groups of `size` nodes, each linked to 8 others, to its own group with `own`. */
function planted(groups: number, size: number, own: number, seed: number): WeightedLinks {
  const random = new Random(seed);
  const count = groups * size;
  const links: [number, number][] = [];
  for (let node = 0; node < count; node++)
    for (let n = 0; n < 8; n++) {
      const group = random.uniform() < own ? node % groups : Math.floor(random.uniform() * groups);
      const other = group + groups * Math.floor(random.uniform() * size);
      if (other !== node) links.push([node, other]);
    }
  return graphOf(count, links);
}

test('modularity is that of the formula: two triangles with one link between them have 6/7 − 1/2', () => {
  expect(modularityOf(TRIANGLES, { label: Int32Array.of(0, 0, 0, 1, 1, 1), labels: 2 })).toBeCloseTo(
    6 / 7 - 1 / 2,
    12,
  );
  expect(modularityOf(TRIANGLES, { label: new Int32Array(6), labels: 1 })).toBeCloseTo(0, 12);
  expect(modularityOf(graphOf(2, []), { label: new Int32Array(2), labels: 1 })).toBe(0);
});

test('two triangles come apart', () => {
  expect([...louvain(TRIANGLES).label]).toEqual([0, 0, 0, 1, 1, 1]);
});

test('the best cut of a karate club is found to within a hundredth', () => {
  const ties =
    '0-1 0-2 1-2 0-3 1-3 2-3 0-4 0-5 0-6 4-6 5-6 0-7 1-7 2-7 3-7 0-8 2-8 2-9 0-10 4-10 5-10 0-11 0-12 3-12 0-13 1-13 2-13 3-13 5-16 6-16 0-17 1-17 0-19 1-19 0-21 1-21 23-25 24-25 2-27 23-27 24-27 2-28 23-29 26-29 1-30 8-30 0-31 24-31 25-31 28-31 2-32 8-32 14-32 15-32 18-32 20-32 22-32 23-32 29-32 30-32 31-32 8-33 9-33 13-33 14-33 15-33 18-33 19-33 20-33 22-33 23-33 26-33 27-33 28-33 29-33 30-33 31-33 32-33';
  const club = graphOf(
    34,
    ties.split(' ').map((tie) => tie.split('-').map(Number) as [number, number]),
  );
  // 0.4198 is the greatest there is (Brandes et al. 2008).
  expect(modularityOf(club, louvain(club))).toBeGreaterThan(0.41);
});

test('planted groups are found again, the same each time', () => {
  const links = planted(20, 50, 0.8, 7);
  const cut = louvain(links);
  const groups = Int32Array.from({ length: 1_000 }, (_, node) => node % 20);
  expect(mutualInformation(cut.label, groups)).toBeGreaterThan(0.95);
  expect(modularityOf(links, cut)).toBeGreaterThanOrEqual(
    modularityOf(links, { label: groups, labels: 20 }) - 0.005,
  );
  expect(louvain(links).label).toEqual(cut.label);
});

test('with groups no community crosses one, and each is cut', () => {
  const links = planted(4, 40, 0.7, 3);
  const group = Int32Array.from({ length: 160 }, (_, node) => (node < 80 ? 0 : 1));
  const { label } = louvain(links, { groups: { label: group, labels: 2 } });
  const groupsOf = new Map<number, Set<number>>();
  label.forEach((community, node) =>
    groupsOf.set(community, (groupsOf.get(community) ?? new Set()).add(group[node])),
  );
  for (const groups of groupsOf.values()) expect(groups.size).toBe(1);
  expect(new Set(label.slice(0, 80)).size).toBeGreaterThan(1);
  expect(new Set(label.slice(80)).size).toBeGreaterThan(1);
});

test('a community whose nodes do not hang together becomes several', () => {
  const apart = graphOf(4, [
    [0, 1],
    [2, 3],
  ]);
  expect([...hangingTogether(apart, { label: new Int32Array(4), labels: 1 }).label]).toEqual([0, 0, 1, 1]);
});

test('a row that grew while it was counted is left as it was counted', () => {
  const rows = new LinkRows(3);
  rows.count(0, 1);
  rows.put(0, 1, 2);
  rows.put(0, 2, 5);
  const { start, to, weight } = rows.links();
  expect([[...start], [...to], [...weight]]).toEqual([
    [0, 1, 2, 2],
    [1, 0],
    [2, 2],
  ]);
});

test('mutual information: 1 of the same, 0 of what has nothing in common, of what both place alone', () => {
  expect(mutualInformation([0, 0, 1, 1], [5, 5, 3, 3])).toBeCloseTo(1, 12);
  expect(mutualInformation([0, 0, 1, 1], [0, 1, 0, 1])).toBeCloseTo(0, 12);
  expect(mutualInformation([0, 1, -1], [2, 3, 2])).toBeCloseTo(1, 12);
  // By the entropies: H(a) = ln 2, those of b and of both as written.
  const joint = -(0.5 * Math.log(0.5) + 2 * 0.25 * Math.log(0.25));
  const second = -(0.75 * Math.log(0.75) + 0.25 * Math.log(0.25));
  expect(mutualInformation([0, 0, 1, 1], [0, 0, 0, 1])).toBeCloseTo(
    (2 * (Math.log(2) + second - joint)) / (Math.log(2) + second),
    12,
  );
});
