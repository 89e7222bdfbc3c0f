import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { GroupPace } from '../../../../../shards/store/journal-file/group-pace.js';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test('a group begins at once after a rest, and four milliseconds after the one before otherwise', () => {
  const pace = new GroupPace();
  const again = vi.fn<() => void>();
  expect(pace.begin(again)).toBe(true);
  vi.advanceTimersByTime(1);
  expect(pace.begin(again)).toBe(false);
  vi.advanceTimersByTime(2);
  expect(again).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(again).toHaveBeenCalledOnce();
  expect(pace.begin(again)).toBe(true);
  vi.advanceTimersByTime(4);
  expect(pace.begin(again)).toBe(true);
  expect(again).toHaveBeenCalledOnce();
});

test('of several that wait one is called, which may begin however early its timer was', () => {
  let nowMs = 10;
  const pace = new GroupPace(() => nowMs);
  const begun: boolean[] = [];
  const again = () => void begun.push(pace.begin(again));
  pace.begin(again);
  expect([pace.begin(again), pace.begin(again)]).toEqual([false, false]);
  nowMs += 3.9;
  vi.advanceTimersByTime(100);
  expect(begun).toEqual([true]);
});

test('nobody is called after a stop', () => {
  const pace = new GroupPace();
  const again = vi.fn<() => void>();
  pace.begin(again);
  pace.begin(again);
  pace.stop();
  vi.advanceTimersByTime(100);
  expect(again).not.toHaveBeenCalled();
});
