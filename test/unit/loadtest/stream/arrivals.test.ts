import { describe, expect, it } from 'vitest';
import { arrivalTimes, playSchedule, type ArrivalKind } from '../../../../loadtest/stream/arrivals.js';
import {
  dueIn,
  evenRate,
  lengthOf,
  timeOfCount,
  type RateShape,
} from '../../../../loadtest/stream/rate-shape.js';
import { seededRandom } from '../../../../loadtest/stream/seeded-random.js';
import { realClock } from '../../../../metrics/process/clock.js';

/** Up, even, down, and even again. */
const SHAPE: RateShape = [
  { seconds: 1, fromPerSec: 100, toPerSec: 1_000 },
  ...evenRate(1_000, 2),
  { seconds: 1, fromPerSec: 1_000, toPerSec: 100 },
  ...evenRate(100, 1),
];

describe('rate shapes', () => {
  it('have a length and so many requests', () => {
    expect(lengthOf(SHAPE)).toBe(5);
    expect(dueIn(SHAPE)).toBe(550 + 2_000 + 550 + 100);
    expect(dueIn(evenRate(0, 10))).toBe(0);
  });

  it('say when the n-th request is due: in order, as many in each second as the rate says, none behind the end', () => {
    const times = Array.from({ length: 3_200 }, (_, i) => timeOfCount(SHAPE, i + 1));
    expect(times.every((time, i) => i === 0 || time > times[i - 1])).toBe(true);
    const within = (from: number, to: number) => times.filter((time) => time > from && time <= to).length;
    expect([within(0, 1), within(1, 3), within(3, 4), within(4, 5)]).toEqual([550, 2_000, 550, 100]);
    expect(within(0, 0.5)).toBe(Math.floor(0.5 * 325));
    expect(timeOfCount(SHAPE, 3_201)).toBe(Infinity);
    expect(timeOfCount(evenRate(0, 5), 1)).toBe(Infinity);
  });
});

describe('arrivals', () => {
  function gaps(kind: ArrivalKind, ratePerSec: number, seed: number, count: number): number[] {
    const times = arrivalTimes(kind, evenRate(ratePerSec), seededRandom(seed));
    let last = 0;
    return Array.from({ length: count }, () => -(last - (last = times.next().value)));
  }

  it('keep the rate, and are exponential with poisson: deviation equal to the mean, 1/e above it', () => {
    for (const seed of [1, 2, 3]) {
      const all = gaps('poisson', 2_000, seed, 50_000);
      const mean = all.reduce((sum, gap) => sum + gap, 0) / all.length;
      const deviation = Math.sqrt(all.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / all.length);
      expect(Math.abs(mean / 500 - 1)).toBeLessThan(0.02);
      expect(Math.abs(deviation / mean - 1)).toBeLessThan(0.03);
      expect(Math.abs(all.filter((gap) => gap > mean).length / all.length - Math.exp(-1))).toBeLessThan(0.01);
    }
  });

  it('are evenly spaced with constant', () => {
    for (const gap of gaps('constant', 1_000, 1, 100)) expect(gap).toBeCloseTo(1_000, 6);
  });

  it('repeat with the seed', () => {
    expect(gaps('poisson', 100, 7, 20)).toEqual(gaps('poisson', 100, 7, 20));
    expect(gaps('poisson', 100, 7, 20)).not.toEqual(gaps('poisson', 100, 8, 20));
  });
});

describe('a schedule', () => {
  it('fires all that is due, in order, never early, and ends when its time is over', async () => {
    const startUs = realClock.nowUs();
    const fired: number[] = [];
    const times = arrivalTimes('constant', evenRate(1_000, 0.2), seededRandom(1));
    await playSchedule(times, { startUs, endUs: startUs + 300_000 }, realClock, (dueUs) => {
      expect(realClock.nowUs()).toBeGreaterThanOrEqual(dueUs);
      fired.push(Math.round((dueUs - startUs) / 1_000));
    });
    expect(fired).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
    expect(realClock.nowUs() - startUs).toBeGreaterThanOrEqual(300_000);
  });

  it('catches up after this thread was busy, and ends with what goes wrong in a call', async () => {
    const startUs = realClock.nowUs();
    let count = 0;
    const times = arrivalTimes('constant', evenRate(1_000, 1), seededRandom(1));
    const busy = playSchedule(times, { startUs, endUs: startUs + 1e6 }, realClock, () => {
      if (++count === 10) while (realClock.nowUs() < startUs + 100_000);
      if (count === 90) throw new Error('enough');
    });
    await expect(busy).rejects.toThrow('enough');
    expect(realClock.nowUs() - startUs).toBeLessThan(900_000);
  });
});
