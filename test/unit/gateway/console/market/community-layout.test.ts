import { expect, test } from 'vitest';
import {
  layOutCommunities,
  NARROW,
  WIDE,
  type CommunityLayout,
  type MapSize,
  type Places,
} from '../../../../../gateway/console/market/community-layout.js';
import type { Counted, Flow } from '../../../../../gateway/console/market/market-answer.js';

const COMMUNITIES: readonly Counted[] = Array.from({ length: 40 }, (_, i) => ({
  id: i + 1,
  name: `community ${i + 1}`,
  clicks: 900 - 20 * i,
  shoppers: 900 - 20 * i,
  buyers: 9,
  conversion: { value: 0.01, low: 0, high: 0.1 },
}));
const FLOWS: readonly Flow[] = COMMUNITIES.slice(1).map(({ id }, i) => ({
  from: { id: 1 },
  to: { id: id ?? 0 },
  clicks: 100 - i,
  lift: i % 2 === 0 ? 2 : 0.5,
}));

const layOut = (size: MapSize, before: Places = new Map()): CommunityLayout =>
  layOutCommunities(COMMUNITIES, FLOWS, size, before);

test.each([
  ['wide', WIDE],
  ['narrow', NARROW],
])('on a %s map all circles are inside, hardly overlap, and have areas as their shoppers', (_name, size) => {
  const { communities } = layOut(size);
  for (const { x, y, radius } of communities) {
    expect(x - radius).toBeGreaterThanOrEqual(0);
    expect(x + radius).toBeLessThanOrEqual(size.width);
    expect(y - radius).toBeGreaterThanOrEqual(0);
    expect(y + radius).toBeLessThanOrEqual(size.height);
  }
  const pairs = communities.flatMap((a, i) => communities.slice(i + 1).map((b) => ({ a, b })));
  const over = pairs.filter(({ a, b }) => Math.hypot(a.x - b.x, a.y - b.y) < 0.9 * (a.radius + b.radius));
  expect(over.length).toBeLessThan(pairs.length * 0.01);
  const [first, tenth] = [communities[0], communities[9]];
  expect((first.radius / tenth.radius) ** 2).toBeCloseTo(900 / 720, 6);
});

test('the same is placed the same, and what has a place moves little', () => {
  const first = layOut(WIDE);
  expect(layOut(WIDE).communities).toEqual(first.communities);
  const before = new Map(first.communities.map(({ community, x, y }) => [String(community.id), { x, y }]));
  const again = layOut(WIDE, before).communities;
  const moves = again.map(({ x, y }, i) =>
    Math.hypot(x - first.communities[i].x, y - first.communities[i].y),
  );
  expect(Math.max(...moves)).toBeLessThan(WIDE.width / 30);
});

test('flows that are less than due are not drawn, and none to a community that is not', () => {
  const { flows } = layOutCommunities(COMMUNITIES.slice(0, 9), FLOWS, WIDE, new Map());
  expect(flows.map(({ to }) => to.community.id)).toEqual([2, 4, 6, 8]);
  expect(flows[0].share).toBe(1);
});
