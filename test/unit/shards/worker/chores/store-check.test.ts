import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FakeClock } from '../../../../../metrics/process/clock.js';
import { ThreadStats } from '../../../../../metrics/thread-stats.js';
import type { VerifyBite, VerifyPlace } from '../../../../../shards/store/store.js';
import { StoreCheck } from '../../../../../shards/worker/chores/store-check.js';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A store of so many rows on a disk that takes `rowUs` for each; it says when it was asked for what. */
class SlowStore {
  readonly asked: { readonly op: 'ahead' | 'verify'; readonly limit: number; readonly atMs: number }[] = [];
  rowUs = 0;
  #left: number;
  readonly #clock: FakeClock;

  constructor(rows: number, clock: FakeClock) {
    this.#left = rows;
    this.#clock = clock;
  }

  readAhead(_from: VerifyPlace | undefined, limit: number): Promise<void> {
    this.asked.push({ op: 'ahead', limit, atMs: Date.now() });
    return new Promise((resolve) => setTimeout(resolve, 5));
  }

  verify(_from: VerifyPlace | undefined, limit: number): VerifyBite {
    this.asked.push({ op: 'verify', limit, atMs: Date.now() });
    const count = Math.min(limit, this.#left);
    this.#left -= count;
    this.#clock.advanceUs(count * this.rowUs);
    const next = this.#left > 0 ? { table: 0, after: undefined } : undefined;
    return { count, bytes: count, next };
  }
}

function checkOf(store: SlowStore, clock: FakeClock): StoreCheck {
  const chore = (work: () => void) => work();
  return new StoreCheck({ store, stats: ThreadStats.create(), clock, chore }, () => undefined);
}

test('rows are looked at when another thread has read them, and not before', async () => {
  const clock = new FakeClock();
  const store = new SlowStore(100, clock);
  const check = checkOf(store, clock);
  check.begin();
  await vi.advanceTimersByTimeAsync(14);
  expect(store.asked.map(({ op }) => op)).toEqual(['ahead']);
  await vi.advanceTimersByTimeAsync(1);
  expect(store.asked.map(({ op, limit }) => [op, limit])).toEqual([
    ['ahead', 64],
    ['verify', 64],
  ]);
  await vi.advanceTimersByTimeAsync(100);
  expect(check.progress).toEqual({ rows: 100, bytes: 100, isDone: true });
});

test('on a slow disk bites become small and rests long, and the share of the thread stays', async () => {
  const clock = new FakeClock();
  const store = new SlowStore(100_000, clock);
  store.rowUs = 500;
  const check = checkOf(store, clock);
  check.begin();
  await vi.advanceTimersByTimeAsync(60_000);
  const bites = store.asked.filter(({ op }) => op === 'verify');
  expect(bites.slice(0, 7).map(({ limit }) => limit)).toEqual([64, 32, 16, 8, 4, 2, 2]);
  const spentMs = (check.progress.rows * store.rowUs) / 1_000;
  expect(spentMs / 60_000).toBeLessThan(0.032);
  expect(spentMs / 60_000).toBeGreaterThan(0.01);
  store.rowUs = 1;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(store.asked.at(-1)?.limit).toBe(64);
  check.stop();
});

test('a check that was stopped looks at nothing more', async () => {
  const clock = new FakeClock();
  const store = new SlowStore(1_000, clock);
  const check = checkOf(store, clock);
  check.begin();
  await vi.advanceTimersByTimeAsync(12);
  check.stop();
  await vi.advanceTimersByTimeAsync(100);
  expect(store.asked.map(({ op }) => op)).toEqual(['ahead']);
});
