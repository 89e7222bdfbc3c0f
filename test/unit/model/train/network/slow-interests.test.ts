import { describe, expect, it } from 'vitest';
import { DatasetBuilder } from '../../../../../model/train/data/dataset-builder.js';
import { SlowInterests } from '../../../../../model/train/network/slow-interests.js';
import { SLOW_HALF_LIFE_MS, SLOW_KEEP } from '../../../../../model/scorer/interest-rules.js';

/** Rows of a and b along the axes, of any length. */
const VECTORS = Float32Array.of(3, 0, 0, 0.5);

function slowOf(session: number, ...sessions: [user: string, items: string, atMs: number][]): number[] {
  const builder = new DatasetBuilder(['a', 'b']);
  sessions.forEach(([user, items, atMs], s) =>
    items.split('').forEach((item) => builder.click(`${s}`, user, item, { kind: 3, timeMs: atMs })),
  );
  const out = new Float32Array(2);
  new SlowInterests(builder.build('slow', '')).write(session, VECTORS, out);
  return [...out];
}

describe('SlowInterests', () => {
  it('is zero in a first session', () => {
    expect(slowOf(1, ['u', 'a', 0], ['v', 'b', 1])).toEqual([0, 0]);
  });

  it('is the direction of the only session before', () => {
    const [x, y] = slowOf(1, ['u', 'aab', 0], ['u', 'b', 1]);
    expect(x).toBeCloseTo(2 / Math.sqrt(5), 6);
    expect(y).toBeCloseTo(1 / Math.sqrt(5), 6);
  });

  it('keeps less of the older interest the longer the pause was', () => {
    const [x, y] = slowOf(2, ['u', 'a', 0], ['u', 'b', 1000], ['u', 'a', 1000 + SLOW_HALF_LIFE_MS]);
    expect(x).toBeCloseTo(SLOW_KEEP / 2, 6);
    expect(y).toBeCloseTo(1 - SLOW_KEEP / 2, 6);
  });
});
