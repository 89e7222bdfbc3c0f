import { describe, expect, test } from 'vitest';
import { Trends } from '../../../../../shards/graph/interactions/trends.js';

describe('trends of categories', () => {
  test('are kept beside those of the shop, in order, and of items with a category alone', () => {
    const trends = new Trends(2, 1_000, { category: Int32Array.from([0, 1, 0, -1]) });
    [0, 1, 2, 3].forEach((item) => trends.update(item, 10 - item, 5_000));
    trends.update(2, 20, 5_000);
    const of = (category: number) => [...(trends.ofCategory(category)?.items ?? [])].slice(0, 2);
    expect([...trends.items]).toEqual([2, 0]);
    expect([of(0), of(1)[0], trends.ofCategory(-1)]).toEqual([[2, 0], 1, undefined]);
  });

  test('have a maximum of categories, those first clicked in', () => {
    const trends = new Trends(2, 1_000, { category: Int32Array.from({ length: 5_000 }, (_, i) => i) });
    for (let item = 0; item < 5_000; item++) trends.update(item, 1, 1_000);
    expect(trends.ofCategory(4_095)?.count).toBe(1);
    expect(trends.ofCategory(4_096)).toBeUndefined();
  });
});
