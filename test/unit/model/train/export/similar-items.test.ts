import { describe, expect, it } from 'vitest';
import { Random } from '../../../../../model/train/random-numbers.js';
import { nearestItems } from '../../../../../model/train/export/similar-items.js';

/** Unit rows round `centres` random directions. */
function clouds(items: number, width: number, centres: number): Float32Array {
  const random = new Random(3);
  const middle = Array.from({ length: centres * width }, () => random.normal());
  const rows = new Float32Array(items * width);
  for (let item = 0; item < items; item++) {
    const centre = random.below(centres);
    const row = Array.from({ length: width }, (_, d) => middle[centre * width + d] + 0.5 * random.normal());
    const length = Math.hypot(...row);
    rows.set(
      row.map((value) => value / length),
      item * width,
    );
  }
  return rows;
}

/** By hand: every pair. */
function reference(vectors: Float32Array, width: number, k: number, item: number): number[] {
  const row = (i: number) => vectors.subarray(i * width, (i + 1) * width);
  const cosine = (i: number) => row(i).reduce((sum, value, d) => sum + value * row(item)[d], 0);
  return Array.from({ length: vectors.length / width }, (_, i) => i)
    .filter((i) => i !== item)
    .sort((a, b) => cosine(b) - cosine(a))
    .slice(0, k);
}

describe('nearestItems', () => {
  it('lists the nearest by cosine, not the item itself, and nothing for unknown items', async () => {
    const vectors = Float32Array.from([0, 0.3, 1, 2].flatMap((angle) => [Math.cos(angle), Math.sin(angle)]));
    expect([...(await nearestItems(vectors, 2, 2, { isKnown: () => true }))]).toEqual([
      1, 2, 0, 2, 1, 0, 2, 1,
    ]);
    expect([...(await nearestItems(vectors, 2, 2, { isKnown: (item) => item !== 1 }))]).toEqual([
      2, 3, -1, -1, 0, 3, 2, 0,
    ]);
  });

  it('has −1 where there are fewer than k others', async () => {
    expect([...(await nearestItems(Float32Array.of(1, 0, 0, 1), 2, 3, { isKnown: () => true }))]).toEqual([
      1, -1, -1, 0, -1, -1,
    ]);
    expect([...(await nearestItems(Float32Array.of(1, 0), 2, 2, { isKnown: () => true }))]).toEqual([-1, -1]);
    expect([...(await nearestItems(new Float32Array(0), 2, 2, { isKnown: () => true }))]).toEqual([]);
  });

  it('keeps other items of the very same vector, and leaves the item itself out among them', async () => {
    const same = Float32Array.from({ length: 80 }, (_, i) => (i % 2 === 0 ? 1 : 0));
    const nearest = await nearestItems(same, 2, 4, { isKnown: () => true });
    for (let item = 0; item < 40; item++) {
      const list = [...nearest.subarray(item * 4, item * 4 + 4)];
      expect(list).not.toContain(item);
      expect(new Set(list).size).toBe(4);
    }
  });

  it('is exact over several blocks of queries', async () => {
    const vectors = clouds(700, 8, 9);
    const nearest = await nearestItems(vectors, 8, 5, { isKnown: () => true });
    for (const item of [0, 255, 256, 511, 699]) {
      expect([...nearest.subarray(item * 5, item * 5 + 5)]).toEqual(reference(vectors, 8, 5, item));
    }
  });

  it('finds nearly all of them by clusters, the same ones each time', async () => {
    const vectors = clouds(6_000, 16, 300);
    const exact = await nearestItems(vectors, 16, 10, { isKnown: () => true });
    const clustered = await nearestItems(vectors, 16, 10, { isKnown: () => true, exactMax: 1_000 });
    expect(clustered).not.toEqual(exact);
    expect(await nearestItems(vectors, 16, 10, { isKnown: () => true, exactMax: 1_000 })).toEqual(clustered);
    let found = 0;
    for (let item = 0; item < 6_000; item++) {
      const right = new Set(exact.subarray(item * 10, item * 10 + 10));
      for (const other of clustered.subarray(item * 10, item * 10 + 10)) if (right.has(other)) found++;
    }
    expect(found / exact.length).toBeGreaterThan(0.95);
  });
});
