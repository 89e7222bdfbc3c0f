import { describe, expect, it } from 'vitest';
import { drawPowerLaw, meanOf, WeightedDraw } from '../../../../loadtest/stream/power-law.js';
import { RecordedStream, type SessionEvent } from '../../../../loadtest/stream/recorded-stream.js';
import { seededRandom } from '../../../../loadtest/stream/seeded-random.js';
import { SESSION_CLICKS, SyntheticStream } from '../../../../loadtest/stream/synthetic-stream.js';
import type { ClickStream, StreamClick } from '../../../../loadtest/stream/click-stream.js';

const take = (stream: ClickStream, count: number): StreamClick[] =>
  Array.from({ length: count }, () => ({ ...stream.next() }));

/** Clicks by shopper, in order. */
function byShopper(clicks: readonly StreamClick[]): Map<number, StreamClick[]> {
  const all = new Map<number, StreamClick[]>();
  for (const click of clicks) all.set(click.shopper, [...(all.get(click.shopper) ?? []), click]);
  return all;
}

describe('power laws', () => {
  it('stay within their bounds, fall as they should, and have the mean that is told', () => {
    const random = seededRandom(1);
    const drawn = Array.from({ length: 100_000 }, () => drawPowerLaw(SESSION_CLICKS, random));
    expect(Math.min(...drawn)).toBe(SESSION_CLICKS.min);
    expect(Math.max(...drawn)).toBeLessThanOrEqual(SESSION_CLICKS.max);
    const share = (from: number) => drawn.filter((value) => value >= from).length / drawn.length;
    for (const from of [4, 8, 16]) expect(share(from) / (from / 2) ** -1.5).toBeCloseTo(1, 1);
    const mean = drawn.reduce((sum, value) => sum + value, 0) / drawn.length;
    expect(Math.abs(meanOf(SESSION_CLICKS) / mean - 1)).toBeLessThan(0.03);
  });

  it('a weighted draw takes each index as often as its weight says', () => {
    const random = seededRandom(2);
    const draw = new WeightedDraw([1, 5, 0.5, 3.5]);
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < 100_000; i++) counts[draw.draw(random)]++;
    for (const [i, part] of [0.1, 0.5, 0.05, 0.35].entries()) expect(counts[i] / 1e5).toBeCloseTo(part, 2);
    expect(draw.draw(() => 0)).toBe(0);
    expect(draw.draw(() => 1 - Number.EPSILON)).toBe(3);
  });
});

describe('a synthetic stream', () => {
  const items = Array.from({ length: 2_000 }, (_, i) => `i${i}`);
  const plan = { items, present: 50, sessions: 'short', seed: 3 } as const;

  it('is the same with the same seed, and another with another', () => {
    const clicks = take(new SyntheticStream(plan), 5_000);
    expect(take(new SyntheticStream(plan), 5_000)).toEqual(clicks);
    expect(take(new SyntheticStream({ ...plan, seed: 4 }), 5_000)).not.toEqual(clicks);
  });

  it('has so many shoppers at a time, who come in order and leave once, after at least two clicks', () => {
    const shoppers = byShopper(take(new SyntheticStream(plan), 20_000));
    const numbers = [...shoppers.keys()].sort((a, b) => a - b);
    expect(numbers.length).toBeGreaterThan(2_000);
    expect(numbers.at(-1)).toBeLessThan(numbers.length + 50);
    for (const clicks of shoppers.values())
      for (const [i, { isLast }] of clicks.entries()) if (isLast) expect(i).toBe(clicks.length - 1);
    const whole = [...shoppers.values()].filter((clicks) => clicks.at(-1)?.isLast);
    expect(Math.min(...whole.map(({ length }) => length))).toBe(2);
  });

  it('clicks some items far more often than others', () => {
    const counts = new Map<string, number>();
    for (const { item } of take(new SyntheticStream(plan), 50_000))
      counts.set(item, (counts.get(item) ?? 0) + 1);
    const sorted = [...counts.values()].sort((a, b) => b - a);
    const top = sorted.slice(0, 200).reduce((sum, count) => sum + count, 0);
    expect(top / 50_000).toBeGreaterThan(0.3);
    expect(top / 50_000).toBeLessThan(0.8);
  });

  it('nobody leaves when sessions are long', () => {
    const stream = new SyntheticStream({ ...plan, sessions: 'long' });
    const clicks = take(stream, 5_000);
    expect(clicks.some(({ isLast }) => isLast)).toBe(false);
    expect(new Set(clicks.map(({ shopper }) => shopper)).size).toBe(50);
    expect(stream.meanClicks).toBe(Infinity);
  });
});

describe('a recorded stream', () => {
  const events: SessionEvent[] = [3, 1, 2].flatMap((length, session) =>
    Array.from({ length }, (_, i) => ({
      session: `s${session}`,
      item: `${session}-${i}`,
      e: 'view_item' as const,
    })),
  );

  it('plays every session click by click in its order, sessions in the order of the file, round and round', () => {
    const stream = new RecordedStream(events, 2, 1);
    expect(stream.meanClicks).toBe(2);
    const shoppers = byShopper(take(stream, 600));
    for (const [shopper, clicks] of shoppers) {
      const recorded = events.filter(({ session }) => session === `s${shopper % 3}`);
      const isWhole = clicks.at(-1)?.isLast === true;
      expect(clicks.map(({ item }) => item)).toEqual(
        recorded.slice(0, isWhole ? undefined : clicks.length).map(({ item }) => item),
      );
    }
    expect(shoppers.size).toBeGreaterThan(290);
  });
});
