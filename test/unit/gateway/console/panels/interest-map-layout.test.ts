import { expect, test } from 'vitest';
import { placeLabels } from '../../../../../gateway/console/panels/map-labels.js';
import { layOut, MAP_SIZE } from '../../../../../gateway/console/panels/map-layout.js';
import type { Graph } from '../../../../../gateway/protocol/messages.js';
import { seededRandom } from '../../../../support/random.js';

/** A graph as large as they get: 24 items of 8 categories. */
function graphOf(seed: number): Graph {
  const random = seededRandom(seed);
  const nodes = Array.from({ length: 32 }, (_, i) => ({
    id: i < 24 ? `item-${i}` : `category:c${i}`,
    kind: i < 24 ? ('item' as const) : ('category' as const),
    name: `category number ${i}`,
    weight: 0.2 + random(100) / 20,
    lastMs: 1,
  }));
  const edges = Array.from({ length: 64 }, (_, i) => ({
    from: `item-${i % 24}`,
    to: i < 24 ? `category:c${24 + (i % 8)}` : `item-${random(24)}`,
    kind: i < 24 ? ('of' as const) : ('next' as const),
    weight: 1,
    lastMs: 1,
  }));
  return { t: 'graph', id: 1, atMs: 1, nodes, edges };
}

test('a full graph lies within the map, nodes side by side, and lies the same when it is laid out again from there', () => {
  for (let seed = 1; seed < 6; seed++) {
    const { nodes } = layOut(graphOf(seed), new Map());
    for (const { x, y, radius } of nodes) {
      expect(x).toBeGreaterThanOrEqual(radius);
      expect(x).toBeLessThanOrEqual(MAP_SIZE.width - radius);
      expect(y).toBeGreaterThanOrEqual(radius);
      expect(y).toBeLessThanOrEqual(MAP_SIZE.height - radius);
    }
    const again = layOut(graphOf(seed), new Map());
    expect(again.nodes.map(({ x, y }) => [x, y])).toEqual(nodes.map(({ x, y }) => [x, y]));
  }
});

test('no label stands over another or leaves the map, also where all nodes are in one place', () => {
  for (let seed = 1; seed < 20; seed++) {
    const { nodes } = layOut(graphOf(seed), new Map());
    const crowd = seed < 10 ? nodes : nodes.map((node) => ({ ...node, x: 170, y: 125 }));
    const labels = placeLabels(
      crowd.slice(24).map((of) => ({ of, text: of.node.name ?? '' })),
      crowd,
    );
    expect(labels.length).toBeGreaterThan(seed < 10 ? 3 : 0);
    const boxes = labels.map(({ text, x, y }) => [x - text.length * 3, x + text.length * 3, y - 10, y + 2]);
    boxes.forEach(([left, right, top, bottom], i) => {
      expect(left >= 0 && right <= MAP_SIZE.width && top >= 0 && bottom <= MAP_SIZE.height).toBe(true);
      for (const [l, r, t, b] of boxes.slice(i + 1))
        expect(left < r && l < right && top < b && t < bottom).toBe(false);
    });
  }
});
