import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FakeClock } from '../../../../metrics/process/clock.js';
import { COUNTER, GAUGE } from '../../../../metrics/table.js';
import { ThreadStats } from '../../../../metrics/thread-stats.js';
import { OverloadWatch } from '../../../../shards/overload/overload-watch.js';
import { SHED_LIMITS } from '../../../../shards/overload/shed-limits.js';
import { Shedding } from '../../../../shards/overload/shedding.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function watched() {
  const clock = new FakeClock();
  const stats = ThreadStats.create();
  const shedding = new Shedding();
  const watch = new OverloadWatch({ shedding, stats, clock });
  /** Ticks of 1 ms each whose oldest click was sent so long ago. */
  const ticks = (count: number, waitMs: number, carriedOut: number = SHED_LIMITS.crowdCalls): void => {
    for (let i = 0; i < count; i++) {
      const startUs = clock.nowUs();
      clock.advanceMs(1);
      watch.ticked(startUs, startUs - 1_000 * waitMs, { carriedOut, waitingSinceUs: Infinity });
    }
  };
  return { clock, stats, shedding, watch, ticks };
}

test('what it decides is where the work of a click, the gateway and the metrics look', () => {
  const { stats, shedding, watch, ticks } = watched();
  expect([stats.gaugeValue(GAUGE.shedLevel), stats.gaugeValue(GAUGE.shedRoom)]).toEqual([0, 0]);
  ticks(12, 30);
  expect([shedding.rung.level, stats.gaugeValue(GAUGE.shedLevel)]).toEqual([1, 1]);
  shedding.candidatesCut = 7;
  shedding.listsCoalesced = 2;
  ticks(110, 60);
  expect([shedding.rung.level, stats.gaugeValue(GAUGE.shedLevel)]).toEqual([4, 4]);
  expect(stats.gaugeValue(GAUGE.shedRoom)).toBeGreaterThan(0);
  expect(stats.counterValue(COUNTER.candidatesCut)).toBe(7);
  expect(stats.counterValue(COUNTER.listsCoalesced)).toBe(2);
  const seconds = [1, 2, 3, 4].map((level) => stats.counterValue(COUNTER.shedSeconds[level as 1]));
  expect(seconds.every((spent) => spent > 0)).toBe(true);
  expect(seconds.reduce((sum, spent) => sum + spent)).toBeCloseTo(0.111, 3);
  watch.stop();
});

test("a few clicks that come late to a shard with nothing else to do are the machine's doing: nothing is shed", () => {
  const { shedding, watch, ticks } = watched();
  ticks(500, 80, SHED_LIMITS.crowdCalls - 1);
  expect(shedding.rung.level).toBe(0);
  watch.stop();
});

test('the age of the first in line counts as much as that of what was posted', () => {
  const { clock, shedding, watch } = watched();
  for (let i = 0; i < 30; i++) {
    clock.advanceMs(1);
    const nowUs = clock.nowUs();
    watch.ticked(nowUs - 1_000, Infinity, { carriedOut: 4, waitingSinceUs: nowUs - 30_000 });
  }
  expect(shedding.rung.level).toBeGreaterThan(0);
  watch.stop();
});

test('a shard to which nothing comes any more is back to normal within 2 s, and no timer stays', () => {
  const { clock, stats, shedding, ticks } = watched();
  ticks(150, 60);
  expect(shedding.rung.level).toBe(4);
  for (let at = 0; at < 2_000; at += 10) {
    clock.advanceMs(10);
    vi.advanceTimersByTime(10);
  }
  expect([shedding.rung.level, stats.gaugeValue(GAUGE.shedLevel), vi.getTimerCount()]).toEqual([0, 0, 0]);
});

test('housekeeping has its turns as ever while nothing is shed, and one each 20 ms when something is', () => {
  const { clock, watch, ticks } = watched();
  expect([watch.mayDoChore(), watch.mayDoChore()]).toEqual([true, true]);
  ticks(20, 30);
  let done = 0;
  for (let ms = 0; ms < 100; ms++) {
    if (watch.mayDoChore()) done++;
    clock.advanceMs(1);
  }
  expect(done).toBe(5);
  watch.stop();
});
