import { expect, test } from 'vitest';
import { ClickTimes } from '../../../../../gateway/socket/outgoing/click-times.js';
import { BUCKET_COUNT } from '../../../../../metrics/buckets.js';
import { HISTOGRAM } from '../../../../../metrics/table.js';
import { ThreadStats } from '../../../../../metrics/thread-stats.js';

/** Nobody is told of a click. */
const LISTENERS = { slow: { limitUs: Infinity }, tracer: {} } as never;

/** How many clicks were timed to their list, and the sum of the times. */
function timed(stats: ThreadStats): { count: number; sumUs: number } {
  const counts = new Float64Array(BUCKET_COUNT);
  const sumUs = stats.addHistogram(HISTOGRAM.clickToList, counts);
  return { count: counts.reduce((sum, count) => sum + count, 0), sumUs };
}

test('clicks are timed until a list knows them, each once; of those in flight the latest 32', () => {
  const stats = ThreadStats.create();
  const times = new ClickTimes(stats, LISTENERS);
  times.listed(3, undefined, 0, 50);
  expect(timed(stats).count).toBe(0);
  for (let seq = 4; seq <= 6; seq++) times.received(1, seq, 100);
  times.listed(5, undefined, 0, 150);
  times.listed(5, undefined, 0, 170);
  expect(timed(stats)).toEqual({ count: 2, sumUs: 100 });
  for (let seq = 7; seq <= 106; seq++) times.received(1, seq, 200);
  times.listed(106, undefined, 0, 210);
  expect(timed(stats)).toEqual({ count: 34, sumUs: 420 });
});

test('a connection without a click has no memory for their times', () => {
  const before = process.memoryUsage().arrayBuffers;
  const idle = Array.from({ length: 1_000 }, () => new ClickTimes(ThreadStats.attach(SHARED), LISTENERS));
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(idle.length * 64);
});

const SHARED = ThreadStats.create().buffer;
