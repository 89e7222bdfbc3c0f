import { afterEach, describe, expect, test, vi } from 'vitest';
import fc from 'fast-check';
import { Deadlines, DUE_A_TURN, type Timed } from '../../../../gateway/calls/deadlines.js';
import { EndingLine } from '../../../../gateway/socket/ending-line.js';
import { HELLO_TIMEOUT_MS, HelloWatch } from '../../../../gateway/socket/hello-watch.js';
import { FakeClock } from '../../../../metrics/process/clock.js';

afterEach(() => {
  vi.useRealTimers();
});

function due(dueUs: number, expire: () => unknown): Timed & { isSettled: boolean } {
  return { dueUs, isSettled: false, expire };
}

describe('deadlines', () => {
  test('what was answered is not kept, but behind one that was not', () => {
    const clock = new FakeClock();
    const deadlines = new Deadlines(clock);
    const expired: number[] = [];
    const timed = Array.from({ length: 100 }, (_, n) =>
      due(clock.nowUs() + 8_000 + n, () => expired.push(n)),
    );
    for (const [n, one] of timed.entries()) {
      deadlines.add(one);
      if (n !== 50) one.isSettled = true;
      expect(deadlines.size).toBeLessThanOrEqual(n < 50 ? 1 : n - 49);
    }
    clock.advanceMs(20);
    deadlines.expireDue();
    expect(expired).toEqual([50]);
    expect(deadlines.size).toBe(0);
    deadlines.stop();
  });

  test('expire by time, whatever the order they were added in', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 50 }), { maxLength: 60 }), (delays) => {
        const clock = new FakeClock();
        const deadlines = new Deadlines(clock);
        const startUs = clock.nowUs();
        const expired: number[] = [];
        for (const delay of delays) deadlines.add(due(startUs + delay * 1_000, () => expired.push(delay)));
        for (let ms = 0; ms <= 50; ms++) {
          deadlines.expireDue();
          expect(expired).toEqual(delays.filter((delay) => delay <= ms).sort((a, b) => a - b));
          clock.advanceMs(1);
        }
        deadlines.stop();
      }),
      { numRuns: 100 },
    );
  });

  test('many that are due at once expire a few in each turn of the event loop', () => {
    vi.useFakeTimers();
    const clock = new FakeClock();
    const deadlines = new Deadlines(clock);
    let expired = 0;
    for (let i = 0; i < 2 * DUE_A_TURN + 1; i++)
      deadlines.add({ dueUs: clock.nowUs() + 1_000, isSettled: false, expire: () => expired++ });
    clock.advanceMs(1);
    vi.advanceTimersToNextTimer();
    expect(expired).toBe(DUE_A_TURN);
    vi.advanceTimersToNextTimer();
    expect(expired).toBe(2 * DUE_A_TURN);
    vi.advanceTimersToNextTimer();
    expect(expired).toBe(2 * DUE_A_TURN + 1);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('one timer serves all', () => {
    vi.useFakeTimers();
    const clock = new FakeClock();
    const deadlines = new Deadlines(clock);
    const expired: number[] = [];
    for (const delay of [30, 10, 20])
      deadlines.add(due(clock.nowUs() + delay * 1_000, () => expired.push(delay)));
    for (let ms = 0; ms < 30; ms++) {
      expect(vi.getTimerCount()).toBe(1);
      clock.advanceMs(1);
      vi.advanceTimersByTime(1);
    }
    expect(expired).toEqual([10, 20, 30]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

test('[C3] who has not said hello in time is closed 4013, the others stay', () => {
  const clock = new FakeClock();
  const watch = new HelloWatch(clock, new EndingLine());
  const closed: string[] = [];
  const connection = (name: string) => ({
    finish: ({ code }: { code: number }) => void closed.push(`${name} ${code}`),
  });
  const [early, greeted, late] = ['early', 'greeted', 'late'].map(connection);
  watch.add(early);
  watch.add(greeted);
  clock.advanceMs(1_000);
  watch.add(late);
  watch.delete(greeted);
  clock.advanceMs(HELLO_TIMEOUT_MS - 1_001);
  watch.expireDue();
  expect(closed).toEqual([]);
  clock.advanceMs(1);
  watch.expireDue();
  watch.expireDue();
  expect(closed).toEqual(['early 4013']);
});
