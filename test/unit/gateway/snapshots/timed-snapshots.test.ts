import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { TimedSnapshots } from '../../../../gateway/snapshots/timed-snapshots.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const HOUR_MS = 3_600_000;

function timed(everyMs: number, isPressed: () => boolean) {
  const taken: number[] = [];
  const startMs = Date.now();
  const snapshots = {
    take: () => {
      taken.push(Date.now() - startMs);
      return Promise.resolve([]);
    },
  };
  const log = { error: () => undefined, info: () => undefined };
  return { taken, snapshots: new TimedSnapshots(everyMs, { snapshots, isPressed, log }) };
}

test('a snapshot every so often, and none for 0', async () => {
  const { taken } = timed(HOUR_MS, () => false);
  const never = timed(0, () => false);
  await vi.advanceTimersByTimeAsync(3.5 * HOUR_MS);
  expect(taken).toEqual([HOUR_MS, 2 * HOUR_MS, 3 * HOUR_MS]);
  expect(never.taken).toEqual([]);
});

test('one that is due under too much load waits until that is over', async () => {
  let isPressed = true;
  const { taken } = timed(HOUR_MS, () => isPressed);
  await vi.advanceTimersByTimeAsync(HOUR_MS + 300_000);
  expect(taken).toEqual([]);
  isPressed = false;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(taken).toHaveLength(1);
});

test('it waits an hour at most, and one waits at a time', async () => {
  const { taken } = timed(HOUR_MS / 2, () => true);
  await vi.advanceTimersByTimeAsync(1.5 * HOUR_MS - 1);
  expect(taken).toEqual([]);
  await vi.advanceTimersByTimeAsync(2);
  expect(taken).toEqual([1.5 * HOUR_MS]);
});

test('nothing comes after the end', async () => {
  for (const isPressed of [false, true]) {
    const { taken, snapshots } = timed(HOUR_MS, () => isPressed);
    await vi.advanceTimersByTimeAsync(HOUR_MS + 1);
    snapshots.drain();
    await vi.advanceTimersByTimeAsync(9 * HOUR_MS);
    expect(taken).toHaveLength(isPressed ? 0 : 1);
    expect(vi.getTimerCount()).toBe(0);
  }
});
