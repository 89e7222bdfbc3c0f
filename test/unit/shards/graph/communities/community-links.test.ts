import { expect, test } from 'vitest';
import { CommunityLinks } from '../../../../../shards/graph/communities/community-links.js';
import { seededRandom } from '../../../../support/random.js';

/** Whom a node is linked to, and how strongly. */
function linksOf({ near, stride, to, weight }: CommunityLinks, node: number): [number, number][] {
  return Array.from({ length: near[node] }, (_, i) => [to[node * stride + i], weight[node * stride + i]]);
}

test('lists are in order, and hold what a matrix would, whatever the order of links', () => {
  const random = seededRandom(5);
  const links = new CommunityLinks(12);
  for (let graph = 0; graph < 50; graph++) {
    const nodes = 2 + random(11);
    const matrix = Array.from({ length: nodes }, () => new Float32Array(nodes));
    links.begin(nodes);
    let total = 0;
    for (let i = random(40); i > 0; i--) {
      const a = random(nodes);
      const b = (a + 1 + random(nodes - 1)) % nodes;
      const weight = (1 + random(1_000)) / 7;
      links.add(a, b, weight);
      matrix[a][b] += weight;
      matrix[b][a] += weight;
      total += 2 * weight;
    }
    for (const [node, row] of matrix.entries()) {
      const expected = [...row.entries()].filter(([, weight]) => weight > 0);
      expect(linksOf(links, node)).toEqual(expected);
      expect(links.degree[node]).toBeCloseTo(
        row.reduce((sum, weight) => sum + weight, 0),
        3,
      );
    }
    expect(links.total).toBeCloseTo(total, 6);
  }
});

test('a new graph begins without the links of the one before', () => {
  const links = new CommunityLinks(3);
  links.begin(3);
  links.add(0, 1, 1);
  links.begin(2);
  expect(linksOf(links, 0)).toEqual([]);
  expect([links.count, links.total, ...links.degree]).toEqual([2, 0, 0, 0, 0]);
});
